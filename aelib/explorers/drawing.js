// A digit that the reader draws: the pen, the drawing as an image like MNIST's, and its question; no layer is here.

// Strokes, lists of places [x, y] in pixels, drawn with a round pen and soft edges on a black square.
function inked(strokes, side, pen) {
  const grey = new Float32Array(side * side);
  const pixels = (first, second) => [Math.min(first, second) - pen - 1, Math.max(first, second) + pen + 1]
    .map(end => between(Math.floor(end), 0, side - 1));
  for (const stroke of strokes)
    stroke.forEach(([x, y], i) => {
      const [startX, startY] = stroke[Math.max(i - 1, 0)], right = x - startX, down = y - startY;
      const [left, last] = pixels(x, startX), [top, bottom] = pixels(y, startY), square = right ** 2 + down ** 2 || 1;
      for (let row = top; row <= bottom; row++)
        for (let column = left; column <= last; column++) {
          const across = column + 0.5 - startX, below = row + 0.5 - startY;
          const share = between((across * right + below * down) / square, 0, 1);
          const distance = Math.hypot(across - share * right, below - share * down), place = row * side + column;
          grey[place] = Math.max(grey[place], between(pen + 0.5 - distance, 0, 1));
        }
    });
  return grey;
}

// The centre of mass of a square image, [x, y] in pixels from its upper left corner.
function massCentre(values) {
  const side = Math.sqrt(values.length), sums = [0, 0, 0];
  values.forEach((value, i) => {
    sums[0] += value * (i % side + 0.5);
    sums[1] += value * (Math.floor(i / side) + 0.5);
    sums[2] += value;
  });
  return [sums[0] / sums[2], sums[1] / sums[2]];
}

// Strokes on a square of side 1 as an image made the way MNIST's were, here for a side of 28 pixels: scaled with their
// proportions into 20 x 20, drawn with soft edges, and moved until their centre of mass is that of the image.
function likeMnist(strokes, side) {
  const unit = side / 28, pen = 1.25 * unit, middle = side / 2, points = strokes.flat();
  if (!points.length) return new Float32Array(side * side);
  const ends = [0, 1].map(axis => points.reduce(([low, high], point) =>
    [Math.min(low, point[axis]), Math.max(high, point[axis])], [Infinity, -Infinity]));
  const scale = (20 * unit - 2 * pen) / Math.max(...ends.map(([low, high]) => high - low), 0.1);
  const placed = shift => inked(strokes.map(stroke => stroke.map(point => point.map((value, axis) =>
    middle + shift[axis] + scale * (value - (ends[axis][0] + ends[axis][1]) / 2)))), side, pen);
  return placed(massCentre(placed([0, 0])).map(centre => between(middle - centre, -4 * unit, 4 * unit)));
}

// A square to draw on with mouse, finger or keys; `moved` is called whenever a stroke has grown.
function drawingArea(page, moved) {
  const canvas = element("canvas", { width: 560, height: 560, tabindex: 0, role: "application",
    "aria-label": "Drawing area. The arrow keys move the pen; the space key puts it down and lifts it.",
    style: "touch-action: none; cursor: crosshair" });
  page.form.querySelector(".aelib-explorer-panels").append(element("figure", { style: "width: 100%" }, canvas,
    element("figcaption", { "aria-hidden": "true" }, "draw here: mouse, finger, or arrow keys and space")));
  const context = canvas.getContext("2d"), size = canvas.width, held = new Set();
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  let strokes = [], pen = [0.5, 0.5], down = false, keys = false;
  const go = place => {
    pen = place.map(value => between(value, 0.05, 0.95));
    const last = strokes.at(-1)?.at(-1);
    if (down && Math.hypot(pen[0] - last[0], pen[1] - last[1]) > 0.01) strokes.at(-1).push(pen);
  };
  const put = () => {
    down = true;
    strokes.push([pen]);
  };
  const at = event => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  canvas.onpointerdown = event => {
    if (event.button || !event.isPrimary) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    keys = down = false;
    go(at(event));
    put();
    moved();
  };
  canvas.onpointermove = event => {
    if (!down || keys || !event.isPrimary) return;
    for (const passed of [...event.getCoalescedEvents?.() ?? [], event]) go(at(passed));
    moved();
  };
  canvas.onpointerup = canvas.onpointercancel = () => { down &&= keys; };
  canvas.onkeydown = event => {
    if (event.key !== " " && !arrows[event.key]) return;
    event.preventDefault();
    if (!keys) [keys, down] = [true, false];
    if (arrows[event.key]) {  // two at once go across
      held.add(event.key);
      const way = [...held].reduce(([x, y], key) => [x + arrows[key][0], y + arrows[key][1]], [0, 0]);
      go(pen.map((value, axis) => value + way[axis] / 40));
    } else if (!event.repeat) {
      if (down) down = false;
      else put();
    }
    moved();
  };
  canvas.onkeyup = event => { held.delete(event.key); };
  canvas.onblur = () => {
    held.clear();
    if (keys) down = keys = false;
    moved();
  };
  return {
    strokes: () => strokes,
    clear() { [strokes, pen, down] = [[], [0.5, 0.5], false]; },
    undo() {
      strokes.pop();
      down = false;
    },
    show(image) {
      context.fillStyle = "#000000";
      context.fillRect(0, 0, size, size);
      if (image) {
        const small = element("canvas");
        paint(small, image);
        context.drawImage(small, 0, 0, size, size);
      }
      Object.assign(context, { strokeStyle: "#ffffff", lineWidth: size / 11, lineCap: "round", lineJoin: "round" });
      for (const stroke of strokes) {
        context.beginPath();
        for (const [x, y] of [stroke[0], ...stroke]) context.lineTo(x * size, y * size);
        context.stroke();
      }
      if (!keys) return;
      context.beginPath();
      context.arc(pen[0] * size, pen[1] * size, size / 26, 0, 7);
      Object.assign(context, { lineWidth: 6, strokeStyle: SECOND, fillStyle: SECOND });
      if (down) context.fill();
      context.stroke();
    },
  };
}

// What a model makes of an image: the code's mean and standard deviation, the reconstruction from the mean, and the
// loss with its parts in nats. Of a variational model the loss is the negative ELBO, averaged over some draws of eps.
function judged({ hidden, code, logVar, decode }, image, eps) {
  const features = hidden(image), mean = code(features), rebuilt = decode(mean);
  if (!logVar) {
    const loss = crossEntropy(image, rebuilt);
    return { mean, rebuilt, loss, crossEntropy: loss };
  }
  const spread = logVar(features), std = spread.map(value => Math.exp(value / 2)), kl = priorDivergence(mean, spread);
  const costs = eps.map(own => crossEntropy(image, decode(mean.map((value, i) => value + std[i] * own[i]))));
  const cost = costs.reduce((sum, value) => sum + value, 0) / costs.length;
  return { mean, std, rebuilt, kl, crossEntropy: cost, loss: cost + kl };
}

// Lines to a point of a plot, or to the place on its edge next to the point, that leave the point itself free.
function crossHair(plot, point, [left, right, low, high]) {
  const x = between(point[0], left, right), y = between(point[1], low, high);
  const across = (right - left) / 25, up = (high - low) / 25;
  plot.line([[left, y], [x - across, y]], SECOND);
  plot.line([[x + across, y], [right, y]], SECOND);
  plot.line([[x, low], [x, y - up]], SECOND);
  plot.line([[x, y + up], [x, high]], SECOND);
  plot.dot(x, y, 3, SECOND);
}

Object.assign(KINDS, {
  drawADigit(data, page) {
    const examples = unpacked(data.examples), side = Math.sqrt(examples[0].length), eps = unpacked(data.eps);
    const sample = page.slider("Sample", 1, 100, 1, 1), noise = normals(200, 1);
    let given = 0;  // the number of the image that was taken, or null for a drawing
    const take = number => {
      given = number;
      area.clear();
    };
    page.atReset(() => take(0));
    const thumbs = examples.map((example, i) => {
      const thumb = element("canvas", { "aria-hidden": "true" });
      paint(thumb, example);
      return [`Take image ${i + 1}`, () => take(i), thumb];
    });
    buttons(page, ["Clear", () => take(null)], ["Undo a stroke", () => area.undo()], ...thumbs);
    const [area, seen] = group(page, "Your digit", () => [
      drawingArea(page, () => {
        if (area.strokes().length) given = null;
        page.draw();
      }),
      page.picture(`what the encoders get, ${side} by ${side}`),
    ]);
    const models = data.measured.map(({ label, ...model }) => group(page, label, () => {
      const [hidden, code, logVar, decode] = ["hidden", "code", "log_var", "decoder"].map(part =>
        network(data.models[`${label}, ${part}`] ?? []));
      const points = unpacked(model.points), wide = model.variational;
      const plot = page.plot(`${points.length} real images, and yours at the cross` +
        (wide ? " with 2 standard deviations (ellipse) and the sample (dot)" : ""),
        ...data.names, model.range, 320, 310);
      cloud(plot, points, { labels: data.labels, colours: data.colours, centre: wide ? [0, 0] : null });
      return {
        label, hidden, code, decode, plot, logVar: wide && logVar, range: model.range, usual: model.usual,
        background: plot.keep(), picture: page.picture("reconstruction"),
        drawn: wide && page.picture("decoded sample"),
      };
    }));
    return () => {
      const drawn = given === null, empty = drawn && !area.strokes().length;
      const image = drawn ? likeMnist(area.strokes(), side) : examples[given];
      area.show(drawn ? null : image);
      seen(image);
      const parts = models.map(model => {
        model.plot.bring(model.background);
        const found = empty ? { rebuilt: image } : judged(model, image, eps), { mean, std, loss } = found;
        model.picture(found.rebuilt);
        if (model.drawn) model.drawn(image);
        if (empty) return "";
        if (model.drawn) {
          const own = noise.subarray(2 * sample() - 2, 2 * sample());
          const z = mean.map((value, i) => value + std[i] * own[i]);
          model.drawn(model.decode(z));
          model.plot.line(ellipse(mean, std, 2), SECOND);
          model.plot.dot(...z, 4, FIRST);
        }
        crossHair(model.plot, mean, model.range);
        const share = model.usual.filter(value => value < loss).length / model.usual.length;
        return `${model.label}: cross-entropy ${found.crossEntropy.toFixed(0)}` +
          (model.drawn ? `, KL ${found.kl.toFixed(1)}, negative ELBO ${loss.toFixed(0)}` : "") +
          ` nats per image, more than for ${(100 * share).toFixed(0)} % of the real images.`;
      });
      page.say(empty ? "Draw a digit, or take an image." : parts.join(" "));
    };
  },
});
