// A window of 3 by 3 pixels that slides over an image, and the output that it makes; no model is here.

// The image of shape [height, width] with zeros on all sides.
function padded(image, [height, width], padding) {
  const shape = [height + 2 * padding, width + 2 * padding], values = new Float32Array(shape[0] * shape[1]);
  for (let row = 0; row < height; row++)
    values.set(image.subarray(row * width, (row + 1) * width), (row + padding) * shape[1] + padding);
  return { values, shape };
}

// The nine pixels of a window in reading order, whose upper left corner is at [row, column].
function windowAt({ values, shape: [, width] }, row, column) {
  return Array.from({ length: 9 }, (_, k) => values[(row + Math.floor(k / 3)) * width + column + k % 3]);
}

// What a kernel of nine numbers makes of an image: values and their shape. It is not turned around, as in Keras.
function convolved(image, shape, kernel, stride, padding) {
  const given = padded(image, shape, padding), width = given.shape[1];
  const [rows, columns] = given.shape.map(size => Math.floor((size - 3) / stride) + 1);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const corner = stride * (row * width + column);
      let sum = 0;
      for (let k = 0; k < 9; k++) sum += kernel[k] * given.values[corner + Math.floor(k / 3) * width + k % 3];
      values[row * columns + column] = sum;
    }
  return { values, shape: [rows, columns] };
}

// Clears a rectangle and hatches it: there is nothing yet.
function hatched(context, left, top, width, height) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.clearRect(left, top, width, height);
  Object.assign(context, { strokeStyle: INK, lineWidth: 0.7 });
  context.setLineDash([]);
  context.beginPath();
  for (let start = -SIDE; start < SIDE; start += 10) {
    context.moveTo(start, SIDE);
    context.lineTo(start + SIDE, 0);
  }
  context.stroke();
  context.restore();
}

const SIDE = 280;  // pixels of an image on the page

Object.assign(KINDS, {
  slidingWindow(data, page) {
    const examples = unpacked(data.examples), [height, width] = data.shape, own = data.kernels.length;
    const kernels = [...data.kernels.map(({ kernel }) => kernel), [0, 0, 0, 0, 1, 0, 0, 0, 0]];
    const image = examples.length > 1 ? page.choice("Image", examples) : () => 0;
    const which = page.choice("Kernel", [], [...data.kernels.map(({ name }) => name), "your own"]);
    const first = convolved(examples[0], [height, width], kernels[0], 1, 0), middle = Math.ceil(first.shape[0] / 2);
    const sizes = first.values.subarray((middle - 1) * (width - 2), middle * (width - 2)).map(Math.abs);
    const row = page.slider("Row of the output", 1, height - 2, 1, middle);
    const column = page.slider("Column of the output", 1, width - 2, 1, sizes.indexOf(Math.max(...sizes)) + 1);
    const stride = page.slider("Stride", 1, 3, 1, 1), padding = page.slider("Padding", 0, 2, 1, 0);
    const fields = kernels[own].map((_, k) => page.field(
      `Kernel, row ${Math.floor(k / 3) + 1}, column ${k % 3 + 1}`, () => "a number from -100 to 100",
      text => (Math.abs(asNumber(text)) <= 100 ? asNumber(text) : undefined),
      number => {
        kernels[own] = kernels[which()].with(k, number);
        which(own);
        page.draw();
      }));
    page.sliders.append(element("div", { class: "aelib-explorer-row" }, element("span", {}, "Kernel"),
      element("div", { class: "aelib-explorer-kernel", role: "group", "aria-label": "Kernel" }, ...fields)));
    page.atReset(() => { kernels[own] = [0, 0, 0, 0, 1, 0, 0, 0, 0]; });
    const input = page.board("image, padding (outside of the dashed line) and window", SIDE, SIDE);
    const output = page.board("output up to here: blue below 0, white 0, red above", SIDE, SIDE);
    const sums = page.board("pixel × weight in the window", 228, 228);
    const two = number => `${Math.round(100 * number) / 100}`.replace("-", "−"), small = element("canvas");
    const show = ({ canvas, context }, values, [rows, columns], signed) => {
      const unit = SIDE / Math.max(rows, columns);
      paint(small, values, signed, [rows, columns, 1]);
      context.clearRect(0, 0, SIDE, SIDE);
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, unit * columns, unit * rows);
      return unit;
    };
    const frame = ({ context }, unit, y, x, high, wide, colour = SECOND, dashes = []) => {
      context.setLineDash(dashes);
      context.strokeStyle = colour;
      context.lineWidth = 3;
      context.strokeRect(unit * x, unit * y, unit * wide, unit * high);
    };
    let now = null;
    const go = (y, x) => {
      row.set(Math.min(Math.max(y, 1), now.shape[0]));
      column.set(Math.min(Math.max(x, 1), now.shape[1]));
      page.draw();
    };
    for (const [board, offset, step] of [[input, 1.5, stride], [output, 0.5, () => 1]])
      draggable(board.canvas, event => {
        const [x, y] = board.at(event), unit = board === input ? now.inputUnit : now.outputUnit;
        go(Math.round((y / unit - offset) / step()) + 1, Math.round((x / unit - offset) / step()) + 1);
      }, (right, up) => go(row() - up, column() + right));
    return () => {
      const kernel = kernels[which()], example = examples[image()], s = stride(), p = padding();
      const given = padded(example, [height, width], p), made = convolved(example, [height, width], kernel, s, p);
      const [rows, columns] = made.shape;
      row.limit(rows);
      column.limit(columns);
      const y = row() - 1, x = column() - 1, pixels = windowAt(given, s * y, s * x), place = y * columns + x;
      for (const [k, field] of fields.entries()) if (document.activeElement !== field) field.write(two(kernel[k]));
      const inputUnit = show(input, given.values, given.shape, false);
      if (p) frame(input, inputUnit, p, p, height, width, INK, [6, 5]);
      frame(input, inputUnit, s * y, s * x, 3, 3);
      const outputUnit = show(output, made.values, made.shape, true);
      hatched(output.context, outputUnit * (x + 1), outputUnit * y, outputUnit * (columns - x - 1), outputUnit);
      hatched(output.context, 0, outputUnit * (y + 1), outputUnit * columns, outputUnit * (rows - y - 1));
      frame(output, outputUnit, 0, 0, rows, columns, INK);
      frame(output, outputUnit, y, x, 1, 1);
      now = { shape: made.shape, inputUnit, outputUnit };
      sums.context.clearRect(0, 0, 228, 228);
      pixels.forEach((pixel, k) => {
        const [top, left] = [Math.floor(k / 3), k % 3];
        frame(sums, 76, top, left, 1, 1, INK);
        [two(pixel), `× ${two(kernel[k])}`, `=${two(pixel * kernel[k])}`].forEach((text, line) => {
          sums.context.font = line === 2 ? `bold ${LETTERS}` : LETTERS;
          sums.text(text, 76 * left + 38, 76 * top + 23 + 20 * line, "center", line === 2 ? SECOND : INK);
        });
      });
      const product = (pixel, k) => `${two(pixel)} × ${kernel[k] < 0 ? `(${two(kernel[k])})` : two(kernel[k])}`;
      page.say(`Row ${y + 1}, column ${x + 1}: ${pixels.map(product).join(" + ")} = ${two(made.values[place])}. ` +
        `The output has ${rows} × ${columns} numbers: (${height} + 2 × ${p} − 3) / ${s} + 1 = ` +
        `${two((height + 2 * p - 3) / s + 1)}${(height + 2 * p - 3) % s ? `, rounded down to ${rows}` : ""} rows.`);
    };
  },
});
