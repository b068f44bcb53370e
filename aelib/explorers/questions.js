// The questions, one function for each kind of explorer, with their arithmetic; no control is made here.

function mix(share, first, second) {
  return first.map((value, i) => (1 - share) * value + share * second[i]);
}

function meanSquare(first, second) {
  return first.reduce((sum, value, i) => sum + (value - second[i]) ** 2, 0) / first.length;
}

// Codes, each drawn as its digit in the digit's colour, and circles 1, 2 and 3 deviations around the prior's centre.
function cloud(plot, points, { labels, colours, centre }) {
  plot.clear();
  plot.context.font = "bold 11px system-ui, sans-serif";
  points.forEach(([x, y], i) => plot.text(labels[i], plot.x(x), plot.y(y) + 4, "center", colours[labels[i]]));
  if (!centre) return;
  for (const radius of [1, 2, 3]) {
    const circle = Array.from({ length: 73 }, (_, i) => i * Math.PI / 36);
    plot.line(circle.map(a => [centre[0] + radius * Math.cos(a), centre[1] + radius * Math.sin(a)]), INK, [4, 4]);
    plot.text(`${radius}σ`, plot.x(centre[0]), plot.y(centre[1] + radius) - 4);
  }
}

// The standard normal numbers of a seed: mulberry32, then Box and Muller's transformation.
function normals(count, seed) {
  const uniform = () => {
    seed = (seed + 1831565813) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return (((bits ^ (bits >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () =>
    Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

// Each pixel replaced by the median of the 3 by 3 pixels around it; beyond the edge the edge is repeated.
function medianFiltered(values) {
  const side = Math.sqrt(values.length), inside = i => Math.min(Math.max(i, 0), side - 1);
  return values.map((_, i) => {
    const row = Math.floor(i / side), column = i % side, around = new Float32Array(9);
    for (let k = 0; k < 9; k++)
      around[k] = values[inside(row + Math.floor(k / 3) - 1) * side + inside(column + k % 3 - 1)];
    return around.sort()[4];
  });
}

// KL(N(mean, deviation) || N(otherMean, otherDeviation)) in nats.
function divergence(mean, deviation, otherMean, otherDeviation) {
  return Math.log(otherDeviation / deviation) +
    (deviation ** 2 + (mean - otherMean) ** 2) / (2 * otherDeviation ** 2) - 0.5;
}

const KINDS = {
  numbersKept(data, page) {
    const decode = network(data.models.decoder), project = network(data.models.pca);
    const examples = unpacked(data.examples), codes = unpacked(data.codes), components = unpacked(data.components);
    const mean = unpacked(data.mean), all = data.order.length;
    const image = page.choice("Image", examples);
    const kept = page.slider("Numbers of the code", 1, all, 1, Math.min(4, all), number => `${number} of ${all}`);
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

  latentPlane(data, page) {
    const decode = network(data.models.decoder), points = unpacked(data.points), axes = unpacked(data.axes);
    const origin = unpacked(data.origin), reach = data.reach, step = reach / 50;
    const two = number => number.toFixed(2);
    const sliders = data.names.map(name => page.slider(name, -reach, reach, "any", 0, two));
    const plot = page.plot(`codes of ${points.length} images`, ...data.names, [-reach, reach, -reach, reach], 400, 400);
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

  path(data, page) {
    const decode = network(data.models.decoder), examples = unpacked(data.examples), codes = unpacked(data.codes);
    const from = page.choice("From", examples), to = page.choice("To", examples);
    to(examples.length - 1);
    const share = page.slider("Way", 0, 100, 1, 50, number => `${number} %`);
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
    const plot = page.plot("the code of this image", "unit", "activity", range, 460, 220);
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
        plot.context.fillStyle = i === chosen ? SECOND : large.has(i) ? FIRST : PALE;
        plot.context.fillRect(plot.x(i + 0.65), plot.y(Math.max(value, 0)), plot.x(0.7) - plot.x(0),
          Math.abs(plot.y(value) - plot.y(0)));
      });
      const zeros = code.filter(value => value === 0).length;
      const often = active[chosen] ? `is active in ${(100 * active[chosen]).toFixed(0)} % of the images` :
        "is never active: a dead unit";
      page.say(`Unit ${chosen + 1} has ${code[chosen].toFixed(2)} in this code and ${often}. Of the code's ` +
        `${code.length} numbers, ${zeros} are zero.`);
    };
  },

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
      const pictures = { "noisy image": given, autoencoder: clean(given), "median filter": medianFiltered(given) };
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
      const given = moved(examples[image()], right(), down());
      original(given);
      const parts = models.map(({ name, rebuild, picture, usual }) => {
        const rebuilt = rebuild(given);
        picture(rebuilt);
        return `${name} ${meanSquare(given, rebuilt).toFixed(4)} (unmoved ${usual[image()].toFixed(4)})`;
      });
      page.say(`Mean squared error: ${parts.join(", ")}.`);
    };
  },

  twoGaussians(data, page) {
    const number = value => value.toFixed(1);
    const sliders = [
      page.slider("P, mean", -4, 4, 0.1, -1, number),
      page.slider("P, deviation", 0.4, 4, 0.1, 1, number),
      page.slider("Q, mean", -4, 4, 0.1, 1, number),
      page.slider("Q, deviation", 0.4, 4, 0.1, 2, number),
    ];
    const grid = Array.from({ length: 401 }, (_, i) => -8 + i * 0.04);
    const densities = page.plot("P (solid, blue) and Q (dashed, red)", "x", "density", [-8, 8, 0, 1], 400, 260);
    const parts = page.plot("what each x adds to KL(P‖Q) (solid) and KL(Q‖P) (dashed)", "x", "nats per unit of x",
      [-8, 8, -1, 3], 400, 260);
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
      parts.line([[-8, 0], [8, 0]], PALE);
      parts.line(gains(p, s, q, t), FIRST);
      parts.line(gains(q, t, p, s), SECOND, [6, 4]);
      const there = divergence(p, s, q, t), back = divergence(q, t, p, s);
      const ratio = Math.max(there, back) / Math.max(Math.min(there, back), 1e-9);
      page.say(`KL(P‖Q) = ${there.toFixed(3)} nats, KL(Q‖P) = ${back.toFixed(3)} nats` +
        `${there + back > 1e-6 ? `; the larger is ${ratio.toFixed(1)} times the smaller` : ""}.`);
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
    const original = page.picture("image"), rebuilt = page.picture("reconstruction");
    const plane = page.picture("the plane from −2 to 2", 300);
    const range = [-data.reach, data.reach, -data.reach, data.reach];
    const plot = page.plot("means of the codes, and the prior's circles", ...data.names, range, 320, 300);
    return () => {
      const { beta, decode, points, codes, crossEntropy, kl } = models[which()];
      original(examples[image()]);
      rebuilt(decode(codes[image()]));
      plane(mosaic(decode, 7));
      cloud(plot, points, data);
      page.say(`beta ${beta}: cross-entropy ${crossEntropy.toFixed(1)} and KL ${kl.toFixed(2)} nats per image.`);
    };
  },
};

// The pictures of a square grid of codes, side by side: the first number grows to the right, the second upwards.
function mosaic(decode, count) {
  const at = i => -2 + 4 * i / (count - 1);
  const tiles = Array.from({ length: count * count }, (_, i) =>
    decode([at(i % count), at(count - 1 - Math.floor(i / count))]));
  const side = Math.sqrt(tiles[0].length), whole = new Float32Array(tiles.length * tiles[0].length);
  tiles.forEach((tile, k) => tile.forEach((value, i) => {
    const row = Math.floor(k / count) * side + Math.floor(i / side), column = (k % count) * side + i % side;
    whole[row * side * count + column] = value;
  }));
  return whole;
}

function mount(place, data) {
  const page = newPage(data.question);
  page.draw = KINDS[data.kind](data, page);
  for (const node of page.form.querySelectorAll("input, [tabindex]")) node.setAttribute("data-lm-suppress-shortcuts", "true");
  page.draw();
  place.replaceChildren(page.form);
}

function mountAll(version) {
  for (const place of document.querySelectorAll(`.aelib-explorer[data-version="${version}"]`)) {
    const block = place.querySelector("script[type='application/json']");
    if (block) mount(place, JSON.parse(block.textContent));
  }
}
