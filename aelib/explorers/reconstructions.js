// What is left of an image when its code loses numbers or units, or is moved to another's; no plane is here.

Object.assign(KINDS, {
  numbersKept(data, page) {
    const decode = network(data.models.decoder), project = network(data.models.pca);
    const examples = unpacked(data.examples), codes = unpacked(data.codes), components = unpacked(data.components);
    const mean = unpacked(data.mean), all = data.order.length;
    const image = page.choice("Image", examples);
    const kept = page.slider(`Numbers of the code, of ${all}`, 1, all, 1, Math.min(4, all));
    const original = page.picture("image"), ours = page.picture("autoencoder"), theirs = page.picture("PCA");
    return () => {
      const example = examples[image()], own = codes[image()], code = Float32Array.from(mean);
      for (const i of data.order.slice(0, kept())) code[i] = own[i];
      const rebuilt = decode(code);
      const projected = project(components[image()].map((value, i) => (i < kept() ? value : 0)));
      original(example);
      ours(rebuilt);
      theirs(projected);
      page.say(`Mean squared error with ${kept()} of ${all} numbers: autoencoder ` +
        `${meanSquare(example, rebuilt).toFixed(4)}, PCA ${meanSquare(example, projected).toFixed(4)}.`);
    };
  },

  path(data, page) {
    const decode = network(data.models.decoder), examples = unpacked(data.examples), codes = unpacked(data.codes);
    const from = page.choice("From", examples), to = page.choice("To", examples);
    to(examples.length - 1);
    const share = page.slider("Way in %", 0, 100, 1, 50);
    const [first, ours, theirs, last] = ["from", "in the code", "in the pixels", "to"].map(name => page.picture(name));
    const isGrey = value => value > 0.1 && value < 0.9;
    const grey = values => (100 * values.filter(isGrey).length / values.length).toFixed(0);
    return () => {
      const [a, b] = [from(), to()];
      const coded = decode(mix(share() / 100, codes[a], codes[b]));
      const faded = mix(share() / 100, examples[a], examples[b]);
      first(examples[a]);
      ours(coded);
      theirs(faded);
      last(examples[b]);
      page.say(`After ${share()} % of the way, ${grey(coded)} % of the pixels are grey (0.1 to 0.9) in the picture ` +
        `decoded from the code, and ${grey(faded)} % in the cross-fade.`);
    };
  },

  codeUnits(data, page) {
    const examples = unpacked(data.examples), labels = data.units.map(({ label }) => label);
    const models = data.units.map(({ label, codes, strength, active }) =>
      ({ decode: network(data.models[label]), codes: unpacked(codes), strength: unpacked(strength), active }));
    const most = Math.max(...models.map(model => model.active.length));
    const which = labels.length > 1 ? page.choice("Model", [], labels) : () => 0;
    const image = page.choice("Image", examples);
    const kept = page.slider("Largest units kept", 0, most, 1, most);
    const unit = page.slider("Unit to look at", 1, most, 1, 1);
    const original = page.picture("image"), rebuilt = page.picture("from the units kept");
    const drawn = page.picture("what the unit adds (red) and takes away (blue)");
    const highest = Math.max(...models.flatMap(model => model.codes.map(code => Math.max(...code))), 1e-3);
    const lowest = Math.min(...models.flatMap(model => model.codes.map(code => Math.min(...code))), 0);
    const range = [0.4, most + 0.6, lowest, 1.05 * highest];
    const plot = page.plot("the code of this image; filled: units kept; ▲: the unit to look at", "unit", "activity",
      range, 560, 280);
    return () => {
      const { decode, codes, strength, active } = models[which()];
      const code = codes[image()], chosen = Math.min(unit(), code.length) - 1;
      const order = [...code.keys()].sort((a, b) => Math.abs(code[b]) - Math.abs(code[a]));
      const large = new Set(order.slice(0, kept()));
      original(examples[image()]);
      rebuilt(decode(code.map((value, i) => (large.has(i) ? value : 0))));
      const on = decode(code.map((value, i) => (i === chosen ? strength[i] : value)));
      const off = decode(code.map((value, i) => (i === chosen ? 0 : value)));
      drawn(on.map((value, i) => value - off[i]), true);
      plot.clear();
      code.forEach((value, i) => {
        const bar = [plot.x(i + 0.65), plot.y(Math.max(value, 0)), plot.x(0.7) - plot.x(0),
          Math.abs(plot.y(value) - plot.y(0))];
        plot.context.fillStyle = plot.context.strokeStyle = i === chosen ? SECOND : large.has(i) ? FIRST : INK;
        if (large.has(i)) plot.context.fillRect(...bar);
        else if (value) plot.context.strokeRect(...bar);
        if (i === chosen) plot.text("▲", plot.x(i + 1), plot.y(lowest) + 15, "center", SECOND);
      });
      const zeros = code.filter(value => value === 0).length;
      const often = active[chosen] ? `is active in ${(100 * active[chosen]).toFixed(0)} % of the images` :
        "is never active: a dead unit";
      page.say(`Unit ${chosen + 1} has ${code[chosen].toFixed(2)} in this code and ${often}. Of the code's ` +
        `${code.length} numbers, ${zeros} are zero.`);
    };
  },
});
