// A code that is drawn again and again, z = mean + standard deviation * eps: its question; losses are in latent.js.

Object.assign(KINDS, {
  reparameterisation(data, page) {
    const decode = network(data.models.decoder), examples = unpacked(data.examples), points = unpacked(data.points);
    const means = unpacked(data.means), logVars = unpacked(data.log_vars);
    const most = 200, two = number => number.toFixed(2);
    const image = page.choice("Image", examples);
    const scale = page.slider("Standard deviation, times a factor of", 0, 3, 0.05, 1, two);
    const count = page.slider("Number of the draw", 1, most, 1, 1);
    buttons(page, ["Draw eps again", () => count.set(count() % most + 1)]);
    const { reach } = data, range = [-reach, reach, -reach, reach];
    const [plane, original] = group(page, "The plane", () => [
      page.plot("images, and the last 20 draws of z", ...data.names, range, 320, 310),
      page.picture("image"),
    ]);
    const [close, drawn] = group(page, "Close up", () => [
      page.plot("eps times the standard deviation's factor; dashed: a factor of 1", "eps, number 1", "eps, number 2",
        [-10, 10, -10, 10], 320, 310),
      page.picture("decoded from z"),
    ]);
    const [costs, rebuilt] = group(page, "What you have tried", () => [
      page.plot("change against a factor of 1: cross-entropy (dots), KL (triangles), their sum (rings)",
        "factor of the standard deviation", "nats per image", [0, 3, -5, 10], 320, 310),
      page.picture("decoded from the mean"),
    ]);
    cloud(plane, points, { ...data, centre: [0, 0] });
    const background = plane.keep(), noise = normals(2 * most, 1);
    const draws = Array.from({ length: most }, (_, i) => noise.subarray(2 * i, 2 * i + 2));
    let shown = null, usual = null, tried = null;
    page.atReset(() => { shown = null; });
    const losses = (mean, logVar, times) => {
      const std = logVar.map(value => times * Math.exp(value / 2));
      const cost = draws.slice(0, 20).reduce((sum, eps) =>
        sum + crossEntropy(examples[shown], decode(mean.map((value, i) => value + std[i] * eps[i]))), 0) / 20;
      return [cost, priorDivergence(mean, logVar.map(value => value + 2 * Math.log(times)))];
    };
    return () => {
      const mean = means[image()], logVar = logVars[image()], times = scale(), std = logVar.map(v => Math.exp(v / 2));
      if (shown !== image()) {
        shown = image();
        tried = new Map([[1, losses(mean, logVar, 1)]]);
        usual = tried.get(1);
        original(examples[shown]);
        rebuilt(decode(mean));
      }
      if (!tried.has(times)) tried.set(times, losses(mean, logVar, times));
      plane.bring(background);
      close.clear();
      close.line(ellipse([0, 0], [1, 1], 1), INK, [4, 4]);
      close.line(ellipse([0, 0], [1, 1], times), SECOND);
      plane.line(ellipse(mean, std, times), SECOND);
      let z;
      for (let i = Math.max(0, count() - 20); i < count(); i++) {
        const last = i === count() - 1, scaled = draws[i].map(eps => times * eps);
        z = mean.map((value, k) => value + std[k] * scaled[k]);
        for (const [plot, place] of [[plane, z], [close, scaled]]) {
          if (plot === plane && place.some(value => Math.abs(value) > reach)) continue;
          plot.context.globalAlpha = last ? 1 : 0.15 + 0.6 * (i - count() + 21) / 20;
          plot.dot(...place, last ? 5 : 3, FIRST);
          plot.context.globalAlpha = 1;
        }
      }
      drawn(decode(z));
      costs.clear();
      costs.line([[0, 0], [3, 0]], INK);
      for (const [at, [cost, kl]] of tried) {
        const [first, second] = [cost - usual[0], kl - usual[1]], inside = value => between(value, -5, 10);
        costs.dot(at, inside(first), 3, FIRST);
        costs.text("▲", costs.x(at), costs.y(inside(second)) + 4, "center", SECOND);
        costs.dot(at, inside(first + second), 4, INK, true);
      }
      const [cost, kl] = tried.get(times), eps = draws[count() - 1];
      page.say(`Draw ${count()}: eps = (${[...eps].map(two).join(", ")}), z = mean + ${two(times)} · std · eps = ` +
        `(${[...z].map(two).join(", ")}). With this standard deviation the image costs ${cost.toFixed(1)} nats of ` +
        `cross-entropy on average over 20 draws and ${times ? kl.toFixed(1) : "infinitely many"} of KL` +
        `${times ? `, ${(cost + kl).toFixed(1)} in all` : ""}.`);
    };
  },
});
