// Images with noise, and images moved, and what autoencoders make of them; no code is drawn here.

// Each pixel replaced by the median of the 3 by 3 pixels around it, a channel at a time; beyond the edge the edge is
// repeated.
function medianFiltered(values, [height, width, channels]) {
  const inside = (i, size) => Math.min(Math.max(i, 0), size - 1), around = new Float32Array(9);
  return values.map((_, i) => {
    const place = Math.floor(i / channels), row = Math.floor(place / width), column = place % width;
    for (let k = 0; k < 9; k++) {
      const y = inside(row + Math.floor(k / 3) - 1, height), x = inside(column + k % 3 - 1, width);
      around[k] = values[(y * width + x) * channels + i % channels];
    }
    return around.sort()[4];
  });
}

Object.assign(KINDS, {
  noiseLevels(data, page) {
    const clean = network(data.models.auto), examples = unpacked(data.examples);
    const image = page.choice("Image", examples);
    const std = page.slider("Standard deviation of the noise", 0, 1, 0.02, data.std, number => number.toFixed(2));
    const [original, noisy, ours, theirs] =
      ["clean", "noisy: what both get", "autoencoder", "median of 3 by 3 pixels"].map(name => page.picture(name));
    const noise = examples.map((example, i) => normals(example.length, i + 1));
    return () => {
      const example = examples[image()], own = noise[image()];
      const given = example.map((value, i) => Math.min(Math.max(value + std() * own[i], 0), 1));
      const filtered = medianFiltered(given, page.shape);
      const pictures = { "noisy image": given, autoencoder: clean(given), "median filter": filtered };
      original(example);
      noisy(given);
      ours(pictures.autoencoder);
      theirs(pictures["median filter"]);
      const decibels = values => (-10 * Math.log10(Math.max(meanSquare(values, example), 1e-6))).toFixed(1);
      const parts = Object.entries(pictures).map(([name, values]) => `${name} ${decibels(values)}`);
      page.say(`Peak signal-to-noise ratio in decibels, more is better: ${parts.join(", ")}.`);
    };
  },

  shifts(data, page) {
    const examples = unpacked(data.examples), most = data.most;
    const image = page.choice("Image", examples);
    const way = (number, [before, after]) => (number ? `${Math.abs(number)} ${number < 0 ? before : after}` : "0");
    const [right, down] = [["left", "right"], ["up", "down"]].map(names =>
      page.slider(`Pixels ${names.join(" or ")}`, -most, most, 1, 0, number => way(number, names)));
    const original = page.picture("image, moved");
    const models = Object.entries(data.models).map(([name, layers]) =>
      ({ name, rebuild: network(layers), picture: page.picture(name) }));
    for (const model of models) model.usual = examples.map(example => meanSquare(example, model.rebuild(example)));
    return () => {
      const given = moved(examples[image()], right(), down(), page.shape);
      original(given);
      const parts = models.map(({ name, rebuild, picture, usual }) => {
        const rebuilt = rebuild(given);
        picture(rebuilt);
        return `${name} ${meanSquare(given, rebuilt).toFixed(4)} (unmoved ${usual[image()].toFixed(4)})`;
      });
      page.say(`Mean squared error: ${parts.join(", ")}.`);
    };
  },
});
