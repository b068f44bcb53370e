// Reconstructions from codes of several sizes, row by row beside PCA's, with errors and bits; no network runs here.

Object.assign(KINDS, {
  codeSizes(data, page) {
    const examples = unpacked(data.examples), [height, width, channels] = page.shape, count = examples.length;
    const sizes = data.measured.map(({ size }) => size), names = ["autoencoder", "PCA"];
    const which = page.slider("Numbers of the code", 0, sizes.length - 1, 1, 0, i => `${sizes[i]}`);
    const rows = page.column(() => ["images", ...names].map(name =>
      page.picture(name, count * Math.min(112, 960 / count), [height, count * width, channels])));
    rows[0](inARow(examples, page.shape));
    const made = data.measured.map(({ size }) => names.map(name =>
      inARow(unpacked(data.models[`${name}, ${size}`][0].images), page.shape)));
    const whole = number => Math.round(number).toLocaleString("en");
    return () => {
      const { size, errors } = data.measured[which()], pixels = examples[0].length;
      names.forEach((name, i) => {
        rows[i + 1](made[which()][i]);
        rows[i + 1].caption(`${name}, ${size} numbers: mean squared error ${errors[name].toFixed(4)}`);
      });
      const bits = 32 * size, times = 8 * pixels / bits;
      page.say(`A code of ${size} numbers of 32 bits takes ${whole(bits)} bits, and an image of ${whole(pixels)} ` +
        `numbers of 8 bits ${whole(8 * pixels)}: ${times >= 1 ? `${times.toFixed(1)} times as many` :
          `${(1 / times).toFixed(1)} times fewer`}.`);
    };
  },
});
