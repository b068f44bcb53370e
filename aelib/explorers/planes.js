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

Object.assign(KINDS, {
  latentPlane(data, page) {
    const decode = network(data.models.decoder), points = unpacked(data.points), axes = unpacked(data.axes);
    const origin = unpacked(data.origin), reach = data.reach, step = reach / 50;
    const two = number => number.toFixed(2);
    const sliders = data.names.map(name => page.slider(name, -reach, reach, "any", 0, two));
    const plot = page.plot(`codes of ${points.length} images`, ...data.names, [-reach, reach, -reach, reach], 480, 456);
    const picture = page.picture("what the decoder draws here");
    cloud(plot, points, data);
    const background = plot.keep();
    const move = numbers => {
      numbers.forEach((number, i) => sliders[i].set(Math.min(Math.max(number, -reach), reach)));
      page.draw();
    };
    plot.canvas.style.cursor = "crosshair";
    plot.canvas.onpointerdown = event => {
      plot.canvas.setPointerCapture(event.pointerId);
      move(plot.at(event));
      plot.canvas.focus({ preventScroll: true });
      event.preventDefault();
    };
    plot.canvas.onpointermove = event => {
      if (event.buttons) move(plot.at(event));
    };
    const steps = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowDown: [0, -step], ArrowUp: [0, step] };
    plot.canvas.tabIndex = -1;  // for those who dragged the point; the sliders are the way for the keyboard alone
    plot.canvas.onkeydown = event => {
      if (!steps[event.key]) return;
      event.preventDefault();
      move(sliders.map((slider, i) => slider() + steps[event.key][i]));
    };
    return () => {
      const here = sliders.map(slider => slider());
      picture(decode(origin.map((value, i) => value + here[0] * axes[0][i] + here[1] * axes[1][i])));
      plot.bring(background);
      plot.dot(...here, 7, "#ffffff");
      plot.dot(...here, 7, INK, true);
      const far = points.map(([x, y]) => Math.hypot(x - here[0], y - here[1]));
      const nearest = far.reduce((best, value, i) => (value < far[best] ? i : best), 0);
      const centre = data.centre && Math.hypot(here[0] - data.centre[0], here[1] - data.centre[1]);
      page.say(`The point is (${here.map(two).join(", ")}). The nearest code, ${two(far[nearest])} away, belongs to ` +
        `a ${data.labels[nearest]}.` +
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
