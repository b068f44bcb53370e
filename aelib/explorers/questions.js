// What the questions share, and the start of an explorer in the page; each question has a file of its kind.

function mix(share, first, second) {
  return first.map((value, i) => (1 - share) * value + share * second[i]);
}

function meanSquare(first, second) {
  return first.reduce((sum, value, i) => sum + (value - second[i]) ** 2, 0) / first.length;
}

// Codes, each drawn as its digit in the digit's colour, the first `bold` of them bold, and circles 1, 2 and 3
// deviations around the prior's centre.
function cloud(plot, points, { labels, colours, centre }, bold = points.length) {
  plot.clear();
  points.forEach(([x, y], i) => {
    plot.context.font = i < bold ? `bold ${LETTERS}` : LETTERS;
    plot.text(labels[i], plot.x(x), plot.y(y) + 6, "center", colours[labels[i]]);
  });
  plot.context.font = LETTERS;
  if (!centre) return;
  for (const radius of [1, 2, 3]) {
    const circle = Array.from({ length: 73 }, (_, i) => i * Math.PI / 36);
    plot.line(circle.map(a => [centre[0] + radius * Math.cos(a), centre[1] + radius * Math.sin(a)]), INK, [4, 4]);
    plot.text(`${radius}σ`, plot.x(centre[0]), plot.y(centre[1] + radius) - 4);
  }
}

// Images side by side, the first set off from the others by some columns of grey.
function inARow(images, [rows, columns, channels], gap = 0) {
  const width = columns * images.length + gap, whole = new Float32Array(rows * width * channels).fill(0.5);
  images.forEach((image, k) => {
    const line = columns * channels, start = k * columns + (k > 0) * gap;
    for (let row = 0; row < rows; row++)
      whole.set(image.subarray(row * line, (row + 1) * line), (row * width + start) * channels);
  });
  return whole;
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

// Lets the reader drag something over a canvas, and move it on by the arrow keys: so many steps right and up.
function draggable(canvas, drag, nudge) {
  Object.assign(canvas.style, { cursor: "crosshair", touchAction: "none" });
  canvas.tabIndex = -1;  // for those who dragged it; the sliders are the way for the keyboard alone
  canvas.addEventListener("pointerdown", event => {
    canvas.setPointerCapture(event.pointerId);
    drag(event);
    canvas.focus({ preventScroll: true });
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", event => { if (event.buttons) drag(event); });
  canvas.addEventListener("keydown", event => {
    if (!ARROWS[event.key]) return;
    event.preventDefault();
    nudge(...ARROWS[event.key]);
  });
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

const KINDS = {};

function mount(place, data) {
  const page = newPage(data.question, data.shape);
  page.draw = KINDS[data.kind](data, page);
  for (const node of page.form.querySelectorAll("input, button, [tabindex]"))
    node.setAttribute("data-lm-suppress-shortcuts", "true");
  page.begin();
  page.draw();
  place.replaceChildren(page.form);
}

function mountAll(version) {
  for (const place of document.querySelectorAll(`.aelib-explorer[data-version="${version}"]`)) {
    const block = place.querySelector("script[type='application/json']");
    if (block) mount(place, JSON.parse(block.textContent));
  }
}
