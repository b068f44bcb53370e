// Features as arrows in two dimensions over training; no image is here.

Object.assign(KINDS, {
  features(data, page) {
    const runs = data.runs.map(({ density, arrows }) => ({ density, arrows: unpacked(arrows) }));
    const last = data.steps.length - 1;
    const which = page.slider("Density", 0, runs.length - 1, 1, 0, i => runs[i].density);
    const step = page.slider("Step", 0, last, 1, last, i => `${data.steps[i]}`);
    const range = [-data.reach, data.reach, -data.reach, data.reach], DEAD = 0.1;
    const plot = page.plot("an arrow for each feature, and its way so far; dashed ring and ×: dead", "dimension 1",
      "dimension 2", range, 480, 456);
    return () => {
      const { density, arrows } = runs[which()], now = arrows[step()], dead = [];
      plot.clear();
      const circle = Array.from({ length: 73 }, (_, i) => i * Math.PI / 36);
      plot.line(circle.map(a => [Math.cos(a), Math.sin(a)]), INK, [2, 5]);
      for (let i = 0; i < now.length / 2; i++) {
        const [x, y] = now.subarray(2 * i, 2 * i + 2), length = Math.hypot(x, y);
        plot.line(arrows.slice(0, step() + 1).map(row => [row[2 * i], row[2 * i + 1]]), INK, [], 1);
        if (length < DEAD) dead.push(i + 1);
        else arrow(plot, x, y, i + 1);
      }
      if (dead.length) {
        plot.context.setLineDash([5, 4]);
        plot.dot(0, 0, 16, SECOND, true);
        plot.context.setLineDash([]);
        plot.context.font = `bold ${LETTERS}`;
        plot.text("×", plot.x(0), plot.y(0) + 6, "center", SECOND);
        plot.text(`${dead.length} dead`, plot.x(0), plot.y(0) + 36, "center", SECOND);
      }
      const alive = now.length / 2 - dead.length;
      page.say(`Density ${density}, step ${data.steps[step()]}: ${alive} of ${now.length / 2} features have an arrow ` +
        `of ${DEAD} or longer` + (dead.length ? `; dead are ${dead.join(", ")}.` : "; none is dead."));
    };
  },
});

// An arrow from the origin to a point, with its number beyond the point.
function arrow(plot, x, y, number) {
  const tip = [plot.x(x), plot.y(y)], angle = Math.atan2(tip[1] - plot.y(0), tip[0] - plot.x(0));
  plot.line([[0, 0], [x, y]], FIRST);
  plot.context.beginPath();
  for (const turn of [0, 2.7, -2.7])
    plot.context.lineTo(tip[0] + (turn && 11 * Math.cos(angle + turn)), tip[1] + (turn && 11 * Math.sin(angle + turn)));
  plot.context.fillStyle = FIRST;
  plot.context.fill();
  plot.context.font = `bold ${LETTERS}`;
  plot.text(`${number}`, tip[0] + 14 * Math.cos(angle), tip[1] + 14 * Math.sin(angle) + 6, "center", FIRST);
  plot.context.font = LETTERS;
}
