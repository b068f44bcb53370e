// The controls, pictures and diagrams of an explorer; no question is known here.

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// The pixels of an image on a canvas of its size: grey or in colours, from 0 to 1, or signed, blue below 0 and red
// above. `shape` is [height, width, channels]; without it the image is square and grey.
function paint(canvas, values, signed = false, shape = null) {
  const side = Math.sqrt(values.length), [height, width, channels] = shape ?? [side, side, 1];
  const data = new ImageData(width, height), pixels = data.data;
  if (signed && channels > 1) values = channelMeans(values, channels);
  const most = signed ? values.reduce((m, v) => Math.max(m, Math.abs(v)), 0.05) : 1, step = signed ? 1 : channels;
  for (let i = 0; i < width * height; i++) {
    const value = values[step * i], pale = 255 * (1 - Math.abs(value) / most);
    for (let c = 0; c < 3; c++)
      pixels[4 * i + c] = !signed ? 255 * values[step * i + c % step] : c === (value < 0 ? 2 : 0) ? 255 : pale;
    pixels[4 * i + 3] = 255;
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(data, 0, 0);
}

function channelMeans(values, channels) {
  const means = new Float32Array(values.length / channels);
  values.forEach((value, i) => { means[Math.floor(i / channels)] += value / channels; });
  return means;
}

// What a text says as a number; NaN if it says none.
function asNumber(text) {
  const trimmed = text.trim().replace(",", ".").replace("−", "-");
  return trimmed === "" ? NaN : Number(trimmed);
}

// The controls and panels of one explorer; whatever is moved calls `page.draw`. `shape` is that of its images.
function newPage(question, shape = null) {
  const controls = element("div"), sliders = element("div", { class: "aelib-explorer-sliders" });
  const answer = element("p", { role: "alert", class: "aelib-explorer-answer" });
  const panels = element("div", { class: "aelib-explorer-panels" });
  const said = element("p", { role: "status" });
  const reset = element("button", { type: "button" }, "Back to the start");
  const form = element("form", {}, element("style", {}, CSS), element("p", {}, element("strong", {}, question)),
    controls, sliders, answer, panels, said, reset);
  form.onsubmit = event => event.preventDefault();
  const moved = () => page.draw(), restored = [];
  reset.onclick = () => {
    form.reset();
    for (const restore of restored) restore();
    moved();
  };
  const figure = (canvas, name, style) => {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", name);
    const caption = element("figcaption", { "aria-hidden": "true" }, name);
    panels.append(element("figure", { style }, canvas, caption));
    return caption;
  };
  const page = {
    form, sliders, shape,
    say: text => { said.textContent = text; },
    answer: text => { answer.textContent = text; },

    // What happens besides when the reader goes back to the start, after the controls are there.
    atReset: restore => { restored.push(restore); },

    // From now on the controls stand at their start.
    begin() {
      for (const input of form.querySelectorAll("input"))
        if (input.type === "radio") input.defaultChecked = input.checked;
        else input.defaultValue = input.value;
    },

    // A choice among labels, or among images; gives the number of what is chosen.
    choice(name, images, labels = images.map((_, i) => `image ${i + 1}`)) {
      const inputs = labels.map((label, i) => {
        const input = element("input", { type: "radio", name, "aria-label": label });
        input.checked = i === 0;
        input.oninput = moved;
        const thumb = images.length ? element("canvas", { "aria-hidden": "true" }) : label;
        if (images.length) paint(thumb, images[i], false, shape);
        return [input, element("label", images.length ? { class: "aelib-explorer-thumb" } : {}, input, thumb)];
      });
      controls.append(element("fieldset", {}, element("legend", {}, name), ...inputs.map(([, label]) => label)));
      return (chosen = null) => {
        if (chosen !== null) inputs[chosen][0].checked = true;
        return inputs.findIndex(([input]) => input.checked);
      };
    },

    // A field for a number; `read` gives undefined for what it can't take, and the reader is told what is `expected()`.
    field(name, expected, read, take) {
      const field = element("input", { type: "text", inputmode: "decimal", autocomplete: "off" });
      field.setAttribute("aria-label", `${name}, typed`);
      const typed = complete => {
        const number = read(field.value);
        if (number === undefined && !complete) return;  // the reader is still typing
        field.ariaInvalid = number === undefined;
        page.answer(number === undefined ? `${name}: “${field.value}” was typed. Type ${expected()}.` : "");
        if (number !== undefined) take(number, complete);
      };
      field.oninput = () => typed(false);
      field.onchange = () => typed(true);
      return Object.assign(field, {
        write(text) {
          field.value = text;
          if (field.ariaInvalid === "true") page.answer("");
          field.ariaInvalid = "false";
        },
      });
    },

    // A slider with a field to type its number. If `written` gives other numbers than the slider's, they are typed.
    slider(name, low, high, step, value, written = number => `${number}`) {
      const input = element("input", { type: "range", min: low, max: high, step, value, "aria-label": name });
      const text = number => (Number.isNaN(asNumber(written(number))) ? `${number}` : written(number));
      const stops = () =>
        Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => Number((low + i * step).toPrecision(9)));
      const expected = () => {
        if (step === "any" || stops().every(stop => asNumber(text(stop)) === stop))
          return `a number from ${low} to ${high}${step === "any" ? "" : ` in steps of ${step}`}`;
        const numbers = stops().map(text);
        if (numbers.length > 8) numbers.splice(4, numbers.length - 5, "…");
        return `one of ${numbers.join(", ")}`;
      };
      const read = typed => {
        const number = asNumber(typed);
        if (step === "any") return number >= low && number <= high ? number : undefined;
        return stops().find(stop => asNumber(text(stop)) === number);
      };
      const field = page.field(name, expected, read, (number, complete) => {
        input.value = number;
        tell(complete);
        moved();
      });
      const shown = element("span", { "aria-hidden": "true" });
      sliders.append(element("label", {}, element("span", {}, name), input, field, shown));
      const tell = (rewritten = true) => {
        const number = Number(input.value), words = written(number);
        if (rewritten) field.write(text(number));
        shown.textContent = words === text(number) ? "" : words;
        input.setAttribute("aria-valuetext", words);
      };
      input.oninput = () => { tell(); moved(); };
      restored.push(tell);
      tell();
      return Object.assign(() => Number(input.value), {
        input,
        set(number) { input.value = number; tell(); },
        limit(highest) {
          if (highest === high) return;
          input.max = high = highest;
          tell();
        },
      });
    },

    // Puts the panels that are made meanwhile below one another.
    column(add) {
      const before = panels.childElementCount, made = element("div", { class: "aelib-explorer-column" });
      const added = add();
      made.append(...[...panels.children].slice(before));
      panels.append(made);
      return added;
    },

    // A picture that fills its width; what is returned paints it, and has `caption(text)`.
    picture(name, size = 224, own = shape) {
      const canvas = element("canvas", { class: "aelib-explorer-picture" });
      const most = `width: ${size}px; max-width: min(${size}px, 100%)`;
      const caption = figure(canvas, name, `flex: 1 1 ${0.78 * size}px; ${most}`);
      return Object.assign((values, signed) => paint(canvas, values, signed, own), {
        canvas,
        caption(text) {
          caption.textContent = text;
          canvas.setAttribute("aria-label", text);
        },
      });
    },

    // A canvas to draw on, without a ground, so that it fits both themes.
    board(name, width, height) {
      const canvas = element("canvas", { class: "aelib-explorer-plot", width: 2 * width, height: 2 * height });
      figure(canvas, name, `width: ${width}px; max-width: 100%`);
      const context = canvas.getContext("2d");
      context.scale(2, 2);
      return {
        canvas, context, width, height,
        at: event => {
          const box = canvas.getBoundingClientRect();
          return [(event.clientX - box.left) * width / box.width, (event.clientY - box.top) * width / box.width];
        },
        text(text, x, y, align = "center", colour = INK) {
          context.fillStyle = colour;
          context.textAlign = align;
          context.fillText(text, x, y);
        },
      };
    },

    // A diagram; x and y turn numbers into places on the canvas.
    plot(name, xname, yname, [left, right, low, high], width = 480, height = 400) {
      const board = page.board(name, width, height), { canvas, context } = board;
      const start = 74, end = 54, across = width - start - 16, down = height - end - 12;
      const plot = {
        ...board,
        x: value => start + (value - left) / (right - left) * across,
        y: value => 12 + (high - value) / (high - low) * down,
        at: event => {
          const within = (share, from, to) => from + Math.min(Math.max(share, 0), 1) * (to - from);
          const [x, y] = board.at(event);
          return [within((x - start) / across, left, right), within(1 - (y - 12) / down, low, high)];
        },
        line(points, colour, dashes = [], thick = 2) {
          context.save();
          context.beginPath();
          context.rect(start, 12, across, down);
          context.clip();
          context.strokeStyle = colour;
          context.lineWidth = thick;
          context.setLineDash(dashes);
          context.beginPath();
          for (const [x, y] of points) context.lineTo(plot.x(x), plot.y(y));
          context.stroke();
          context.restore();
        },
        dot(x, y, radius, colour, ring) {
          context.beginPath();
          context.arc(plot.x(x), plot.y(y), radius, 0, 7);
          context.fillStyle = colour;
          if (!ring) return context.fill();
          context.strokeStyle = colour;
          context.lineWidth = 3;
          context.stroke();
        },
        clear() {
          context.clearRect(0, 0, width, height);
          context.strokeStyle = INK;
          context.lineWidth = 1;
          context.strokeRect(start, 12, across, down);
          context.font = LETTERS;
          for (const value of ticks(left, right)) plot.text(value, plot.x(value), height - end + 20);
          for (const value of ticks(low, high)) plot.text(value, start - 8, plot.y(value) + 6, "right");
          plot.text(xname, start + across / 2, height - 8);
          context.save();
          context.rotate(-Math.PI / 2);
          plot.text(yname, -12 - down / 2, 16);
          context.restore();
        },
        keep() { return context.getImageData(0, 0, canvas.width, canvas.height); },
        bring(kept) { context.putImageData(kept, 0, 0); },
      };
      plot.clear();
      return plot;
    },
  };
  return page;
}

function ticks(low, high) {
  const rough = (high - low) / 5, unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * unit).find(size => size >= rough);
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}
