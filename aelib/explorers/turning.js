// A code whose units are turned by hand: its question; what becomes of a code is in network.js.

Object.assign(KINDS, {
  codeByHand(data, page) {
    const decode = network(data.models.decoder), examples = unpacked(data.examples), codes = unpacked(data.codes);
    const { units, low, high } = data;
    const image = page.choice("Image", examples);
    const place = (value, i) => between(value, low[i], high[i]);
    const sliders = units.map((unit, i) => page.slider(`unit ${unit + 1}`, low[i], high[i], "any",
      place(codes[0][unit], i), number => number.toFixed(2)));
    page.sliders.classList.add("aelib-explorer-upright");
    buttons(page, ["Back to the encoder's code", () => { shown = null; }]);
    const [original, before, after] = ["image", "decoded from the encoder's code", "decoded from your code"]
      .map(name => page.picture(name));
    const difference = page.picture("after minus before: lighter (red) and darker (blue)");
    const all = codes[0].length, ends = [Math.min(0, ...low), Math.max(...high)];
    const plot = page.plot("the code: the encoder's (outline), yours (filled), ▲ what you turned", "unit", "activity",
      [0.4, all + 0.6, ...ends.map(end => 1.05 * end)], 640, 260);
    let shown = null, given = null;
    return () => {
      if (shown !== image()) {
        shown = image();
        given = decode(codes[shown]);
        sliders.forEach((slider, i) => slider.set(place(codes[shown][units[i]], i)));
        original(examples[shown]);
        before(given);
      }
      const code = codes[shown], turned = Float32Array.from(code);
      sliders.forEach((slider, i) => {
        if (slider() !== place(code[units[i]], i)) turned[units[i]] = slider();
      });
      const made = decode(turned), change = made.map((value, i) => value - given[i]);
      after(made);
      difference(change, true);
      plot.clear();
      const bar = (value, i) => [plot.x(i + 0.65), plot.y(Math.max(value, 0)), plot.x(0.7) - plot.x(0),
        Math.abs(plot.y(value) - plot.y(0))];
      turned.forEach((value, i) => {
        plot.context.fillStyle = value === code[i] ? FIRST : SECOND;
        plot.context.fillRect(...bar(value, i));
        plot.context.strokeStyle = INK;
        plot.context.strokeRect(...bar(code[i], i));
        if (value !== code[i]) plot.text("▲", plot.x(i + 1), plot.y(1.05 * ends[0]) + 15, "center", SECOND);
      });
      const moved = units.filter(unit => turned[unit] !== code[unit]);
      const changed = change.filter(value => Math.abs(value) > 0.1).length;
      page.say(moved.length ? `Turned: ${moved.map(unit => `unit ${unit + 1} from ${code[unit].toFixed(2)} to ` +
        `${turned[unit].toFixed(2)}`).join(", ")}. ${changed} of ${change.length} pixels change by more than 0.1.` :
        "Nothing is turned: this is the encoder's code.");
    };
  },
});
