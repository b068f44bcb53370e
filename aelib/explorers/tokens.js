// A token that is swapped for another entry of the codebook, and how far that reaches: its question; no layer is here.

// An image of shape [height, width, channels] with other sides: each pixel is the nearest one of the given.
function resized(values, [height, width, channels], [rows, columns]) {
  return Float32Array.from({ length: rows * columns * channels }, (_, i) => {
    const place = Math.floor(i / channels), row = Math.floor(Math.floor(place / columns) * height / rows);
    return values[(row * width + Math.floor(place % columns * width / columns)) * channels + i % channels];
  });
}

// How two pictures differ, square by square: for each pixel the largest difference of its channels, whether it lies in
// one of the swapped squares, and how many squares it is away from the nearest of them.
function reach(before, after, [height, width, channels], [rows, columns], swapped) {
  const tall = height / rows, wide = width / columns;
  return Array.from({ length: height * width }, (_, pixel) => {
    const row = Math.floor(pixel / width / tall), column = Math.floor(pixel % width / wide);
    const away = Math.min(...swapped.map(place =>
      Math.max(Math.abs(row - Math.floor(place / columns)), Math.abs(column - place % columns))));
    let size = 0;
    for (let i = pixel * channels; i < (pixel + 1) * channels; i++)
      size = Math.max(size, Math.abs(after[i] - before[i]));
    return { size, away };
  });
}

Object.assign(KINDS, {
  swapAToken(data, page) {
    const decode = network(data.models.decoder), examples = unpacked(data.examples), book = unpacked(data.book);
    const { shape, grid: [rows, columns], tokens: own, shares, order } = data, numbers = book[0].length;
    const [height, width] = shape, tall = height / rows, wide = width / columns, across = 260;
    const drawn = tokens => {
      const vectors = new Float32Array(tokens.length * numbers);
      tokens.forEach((token, place) => vectors.set(book[token], place * numbers));
      const values = decode(vectors);
      return Float32Array.from(order, from => between(values[from], 0, 1));
    };
    const pictures = unpacked(data.pictures).map(one => resized(one, [2 * tall, 2 * wide, shape[2]], shape));
    const percent = entry => `${(100 * shares[entry]).toFixed(1)} %`;
    const image = examples.length > 1 ? page.choice("Image", examples) : () => 0;
    const entry = page.choice("Entry, the commonest first", pictures,
      book.map((_, i) => `entry ${i + 1}, ${percent(i)} of the tokens`));
    for (const thumb of [...page.form.querySelectorAll("fieldset")].at(-1).querySelectorAll("canvas"))
      Object.assign(thumb.style, { width: "34px", border: `1px solid ${INK}` });
    const row = page.slider("Row of the token", 1, rows, 1, (rows >> 1) + 1);
    const column = page.slider("Column of the token", 1, columns, 1, (columns >> 1) + 1);
    buttons(page,
      ["Put this token back", () => { entry(own[shown][place()]); }],
      ["Put all tokens back", () => { shown = null; }]);
    const boards = ["tokens: click one, then choose its entry", "drawn from these tokens",
      "change: lighter (red) and darker (blue)"].map(name => page.board(name, across, across * height / width));
    const [letters, picture, change] = boards, small = element("canvas");
    const place = () => (row() - 1) * columns + column() - 1;
    let shown = null, grid, given, at;
    page.atReset(() => { shown = null; });
    const go = (y, x) => {
      row.set(between(y, 1, rows));
      column.set(between(x, 1, columns));
      page.draw();
    };
    for (const board of boards) {
      board.canvas.parentElement.style.cssText = `flex: 1 1 165px; max-width: ${across}px`;
      draggable(board.canvas, event => {
        const [x, y] = board.at(event);
        go(Math.floor(y / board.height * rows) + 1, Math.floor(x / board.width * columns) + 1);
      }, (right, up) => go(row() - up, column() + right));
    }
    const show = ({ context, ...board }, values, signed) => {
      paint(small, values, signed, shape);
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, board.width, board.height);
    };
    const frame = ({ context, ...board }, which, thick, colour) => {
      const [high, broad] = [board.height / rows, board.width / columns];
      context.strokeStyle = colour;
      context.lineWidth = thick;
      context.strokeRect(which % columns * broad, Math.floor(which / columns) * high, broad, high);
    };
    const write = swapped => {
      letters.context.clearRect(0, 0, letters.width, letters.height);
      grid.forEach((token, which) => {
        const other = swapped.includes(which), [high, broad] = [letters.height / rows, letters.width / columns];
        frame(letters, which, 1, INK);
        const size = Math.min(20, Math.floor(0.55 * broad));
        letters.context.font = `${other ? "bold " : ""}${size}px system-ui, sans-serif`;
        letters.text(`${token + 1}`, (which % columns + 0.5) * broad, (Math.floor(which / columns) + 0.5) * high + 7,
          "center", other ? SECOND : INK);
      });
    };
    const squares = count => `${count} ${count === 1 ? "square" : "squares"} away`;
    const told = (swapped, pixels) => {
      const here = at, where = `Row ${row()}, column ${column()}: entry ${grid[here] + 1} (${percent(grid[here])} of ` +
        "the tokens)";
      if (!swapped.length) return `${where}. Nothing is swapped: this is what the image's own tokens draw.`;
      const place = swapped.includes(here) ? ` in place of entry ${own[shown][here] + 1}` : "";
      const inside = pixels.filter(({ away }) => !away), outside = pixels.filter(({ away }) => away);
      const clear = some => some.filter(({ size }) => size > 0.1), far = some => Math.max(...some.map(it => it.away));
      const seen = outside.filter(({ size }) => size >= 1 / 255), its = swapped.length > 1 ?
        `the ${swapped.length} swapped squares` : place ? "its own square" : "the swapped square";
      return `${where}${place}. In ${its} ${clear(inside).length} of ${inside.length} pixels change by more than ` +
        `0.1, outside ${clear(outside).length} of ${outside.length}` +
        (clear(outside).length ? `, the farthest ${squares(far(clear(outside)))}. ` : ". ") +
        (seen.length ? `Changes of a grey value or more reach ${squares(far(seen))}.` :
          "No pixel outside changes by a grey value.");
    };
    return () => {
      if (shown !== image()) {
        shown = image();
        grid = [...own[shown]];
        given = drawn(grid);
        at = null;
      }
      if (at === place()) grid[at] = entry();
      else entry(grid[at = place()]);
      const swapped = [...grid.keys()].filter(which => grid[which] !== own[shown][which]);
      const after = swapped.length ? drawn(grid) : given;
      write(swapped);
      show(picture, after, false);
      show(change, after.map((value, i) => value - given[i]), true);
      for (const board of boards) {
        board.context.lineWidth = 1;
        board.context.strokeStyle = INK;
        board.context.strokeRect(0.5, 0.5, board.width - 1, board.height - 1);
        if (board !== letters) for (const which of swapped) frame(board, which, 1, INK);
        frame(board, at, 3, SECOND);
      }
      page.say(told(swapped, swapped.length ? reach(given, after, shape, [rows, columns], swapped) : []));
    };
  },
});
