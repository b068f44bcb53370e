// Codes in the plane, and what decoders draw there; no longer code is here.

// The pictures of a square grid of codes, side by side: the first number grows to the right, the second upwards.
function mosaic(decode, count, [height, width, channels]) {
  const at = i => -2 + 4 * i / (count - 1);
  const tiles = Array.from({ length: count * count }, (_, i) =>
    decode([at(i % count), at(count - 1 - Math.floor(i / count))]));
  const whole = new Float32Array(tiles.length * tiles[0].length), line = width * channels;
  tiles.forEach((tile, k) => {
    for (let row = 0; row < height; row++)
      whole.set(tile.subarray(row * line, (row + 1) * line),
        ((Math.floor(k / count) * height + row) * count + k % count) * line);
  });
  return whole;
}

// The number of the point that is closest to a place in the plane.
function closest(points, x, y) {
  const far = points.map(point => (point[0] - x) ** 2 + (point[1] - y) ** 2);
  return far.reduce((best, value, i) => (value < far[best] ? i : best), 0);
}

Object.assign(KINDS, {
  latentPlane(data, page) {
    const decode = network(data.models.decoder), points = unpacked(data.points), axes = unpacked(data.axes);
    const origin = unpacked(data.origin), reach = data.reach;
    const two = number => number.toFixed(2);
    const sliders = data.names.map(name => page.slider(name, -reach, reach, "any", 0, two));
    const plot = page.plot(`codes of ${points.length} images; those of the bold digits can be seen`,
      ...data.names, [-reach, reach, -reach, reach], 440, 416);
    const shown = unpacked(data.shown), [rows, columns, channels] = data.shownShape, pictures = data.nearest[0].length;
    const [picture, strip] = page.column(() => [page.picture("what the decoder draws here"),
      page.picture("", 72 * pictures, [rows, columns * pictures + 1, channels])]);
    cloud(plot, points, data, shown.length);
    const background = plot.keep();
    const move = numbers => {
      numbers.forEach((number, i) => sliders[i].set(Math.min(Math.max(number, -reach), reach)));
      page.draw();
    };
    draggable(plot.canvas, event => move(plot.at(event)), (...way) =>
      move(sliders.map((slider, i) => slider() + way[i] * reach / 50)));
    plot.canvas.onpointermove = event => {
      if (event.buttons) return;
      const [x, y] = plot.at(event);
      const near = closest(points.slice(0, shown.length), x, y), [[left, top]] = points.slice(near);
      look(Math.hypot(plot.x(left) - plot.x(x), plot.y(top) - plot.y(y)) < 14 ? near : here);
    };
    plot.canvas.onpointerleave = () => look(here);
    let here = 0, looked = -1;  // numbers of images: the one nearest to the point, and the one that is looked at

    // Show an image and its nearest neighbours, and ring their codes.
    const look = (which, anew = false) => {
      if (which === looked && !anew) return;
      looked = which;
      const [own, ...others] = data.nearest[which], point = sliders.map(slider => slider());
      plot.bring(background);
      for (const other of others) plot.dot(...points[other], 11, INK, true);
      plot.dot(...points[own], 13, SECOND, true);
      plot.dot(...point, 7, "#ffffff");
      plot.dot(...point, 7, INK, true);
      strip(inARow(data.nearest[which].map(i => shown[i]), data.shownShape, 1));
      const digits = others.map(i => data.labels[i]).join(", ");
      strip.caption(`a ${data.labels[own]} (large ring), and its nearest neighbours in the latent space: ${digits}`);
    };
    return () => {
      const point = sliders.map(slider => slider());
      picture(decode(origin.map((value, i) => value + point[0] * axes[0][i] + point[1] * axes[1][i])));
      here = closest(points.slice(0, shown.length), ...point);
      look(here, true);
      const nearest = closest(points, ...point), [x, y] = points[nearest];
      const centre = data.centre && Math.hypot(point[0] - data.centre[0], point[1] - data.centre[1]);
      page.say(`The point is (${point.map(two).join(", ")}). The nearest code, ` +
        `${two(Math.hypot(x - point[0], y - point[1]))} away, belongs to a ${data.labels[nearest]}.` +
        (data.centre ? ` The prior's centre is ${two(centre)} standard deviations away.` : ""));
    };
  },

  betas(data, page) {
    const examples = unpacked(data.examples);
    const models = data.measured.map(model => ({
      ...model,
      decode: network(data.models[model.beta]),
      points: unpacked(model.points),
      codes: unpacked(model.codes),
    }));
    const image = page.choice("Image", examples);
    const which = page.slider("beta", 0, models.length - 1, 1, 0, number => models[number].beta);
    const [original, rebuilt] = page.column(() => [page.picture("image"), page.picture("reconstruction")]);
    const [height, width, channels] = page.shape;
    const plane = page.picture("the plane from −2 to 2", 392, [7 * height, 7 * width, channels]);
    const range = [-data.reach, data.reach, -data.reach, data.reach];
    const plot = page.plot("means of the codes, and the prior's circles", ...data.names, range, 370, 346);
    return () => {
      const model = models[which()], { beta, decode, points, codes, crossEntropy, kl } = model;
      original(examples[image()]);
      rebuilt(decode(codes[image()]));
      model.mosaic ??= mosaic(decode, 7, page.shape);
      plane(model.mosaic);
      if (model.cloud) plot.bring(model.cloud);
      else {
        cloud(plot, points, data);
        model.cloud = plot.keep();
      }
      page.say(`beta ${beta}: cross-entropy ${crossEntropy.toFixed(1)} and KL ${kl.toFixed(2)} nats per image.`);
    };
  },
});
