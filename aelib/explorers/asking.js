// A decoder that is asked for a digit, with a code that is turned by hand: its question; no layer is here.

// Images of one size in rows of five, from the top.
function inFives(images, side) {
  const wide = 5 * side, whole = new Float32Array(images.length * side * side);
  images.forEach((image, k) => {
    const start = Math.floor(k / 5) * side * wide + k % 5 * side;
    for (let row = 0; row < side; row++)
      whole.set(image.subarray(row * side, (row + 1) * side), start + row * wide);
  });
  return whole;
}

Object.assign(KINDS, {
  askForADigit(data, page) {
    const decode = network(data.models.decoder), draws = unpacked(data.draws), side = data.shape[0];
    const labels = [..."0123456789"], size = draws[0].length;
    const asked = page.choice("Ask for a", [], labels);
    const sliders = Array.from(draws[0], (_, i) =>
      page.slider(`latent dimension ${i + 1}`, -3, 3, 0.05, 0, number => number.toFixed(2)));
    page.sliders.classList.add("aelib-explorer-upright");
    let next = 0;
    page.atReset(() => { next = 0; });
    buttons(page,
      ["Draw a code from N(0, 1)", () => {
        sliders.forEach((slider, i) => slider.set(Math.round(20 * draws[next][i]) / 20));
        next = (next + 1) % draws.length;
      }],
      ["All numbers to 0", () => { sliders.forEach(slider => slider.set(0)); }]);
    const drawn = page.picture("drawn as asked");
    const all = page.picture("the same code, asked for 0 to 4 and 5 to 9", 560, [2 * side, 5 * side, 1]);
    return () => {
      const code = sliders.map(slider => slider());
      const images = labels.map((_, digit) =>
        decode(Float32Array.from([...code, ...labels.map((_, i) => (i === digit ? 1 : 0))])));
      drawn(images[asked()]);
      all(inFives(images, side));
      const length = Math.hypot(...code);
      page.say(`Asked for a ${labels[asked()]}. The code is ${length.toFixed(1)} away from 0; codes from N(0, 1) of ` +
        `this size are about ${Math.sqrt(size).toFixed(1)} away.`);
    };
  },
});
