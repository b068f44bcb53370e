// Two normal distributions and the KL divergence between them; no model is here.

// KL(N(mean, deviation) || N(otherMean, otherDeviation)) in nats.
function divergence(mean, deviation, otherMean, otherDeviation) {
  return Math.log(otherDeviation / deviation) +
    (deviation ** 2 + (mean - otherMean) ** 2) / (2 * otherDeviation ** 2) - 0.5;
}

Object.assign(KINDS, {
  twoGaussians(data, page) {
    const number = value => value.toFixed(1);
    const sliders = [
      page.slider("P, mean", -4, 4, 0.1, -1, number),
      page.slider("P, deviation", 0.4, 4, 0.1, 1, number),
      page.slider("Q, mean", -4, 4, 0.1, 1, number),
      page.slider("Q, deviation", 0.4, 4, 0.1, 2, number),
    ];
    const grid = Array.from({ length: 401 }, (_, i) => -8 + i * 0.04);
    const densities = page.plot("P (solid, blue) and Q (dashed, orange)", "x", "density", [-8, 8, 0, 1], 400, 300);
    const parts = page.plot("what each x adds to KL(P‖Q) (solid) and KL(Q‖P) (dashed)", "x", "nats per unit of x",
      [-8, 8, -1, 3], 400, 300);
    return () => {
      const [p, s, q, t] = sliders.map(slider => slider());
      const log = (x, mean, deviation) =>
        -((x - mean) ** 2) / (2 * deviation ** 2) - Math.log(deviation * Math.sqrt(2 * Math.PI));
      const curve = (...of) => grid.map(x => [x, Math.exp(log(x, ...of))]);
      const gains = (m, d, n, e) => grid.map(x => [x, Math.exp(log(x, m, d)) * (log(x, m, d) - log(x, n, e))]);
      densities.clear();
      densities.line(curve(p, s), FIRST);
      densities.line(curve(q, t), SECOND, [6, 4]);
      parts.clear();
      parts.line([[-8, 0], [8, 0]], INK, [2, 4]);
      parts.line(gains(p, s, q, t), FIRST);
      parts.line(gains(q, t, p, s), SECOND, [6, 4]);
      const there = divergence(p, s, q, t), back = divergence(q, t, p, s);
      const ratio = Math.max(there, back) / Math.max(Math.min(there, back), 1e-9);
      page.say(`KL(P‖Q) = ${there.toFixed(3)} nats, KL(Q‖P) = ${back.toFixed(3)} nats` +
        `${there + back > 1e-6 ? `; the larger is ${ratio.toFixed(1)} times the smaller` : ""}.`);
    };
  },
});
