// The controls, pictures and diagrams of an explorer; no question is known here.

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// The pixels of an image on a canvas of its size: grey from 0 to 1, or signed, blue below 0 and red above.
function paint(canvas, values, signed = false) {
  const side = Math.sqrt(values.length), most = signed ? values.reduce((m, v) => Math.max(m, Math.abs(v)), 0.05) : 1;
  canvas.width = canvas.height = side;
  const data = new ImageData(side, side);
  values.forEach((value, i) => {
    const grey = 255 * value, pale = 255 * (1 - Math.abs(value) / most);
    const colour = !signed ? [grey, grey, grey] : value < 0 ? [pale, pale, 255] : [255, pale, pale];
    data.data.set([...colour, 255], 4 * i);
  });
  canvas.getContext("2d").putImageData(data, 0, 0);
}

// The controls and panels of one explorer; whatever is moved calls `page.draw`.
function newPage(question) {
  const controls = element("div"), sliders = element("div", { class: "aelib-explorer-sliders" });
  const panels = element("div", { class: "aelib-explorer-panels" });
  const said = element("p", { role: "status" });
  const form = element("form", {}, element("style", {}, CSS), element("p", {}, element("strong", {}, question)),
    controls, sliders, panels, said);
  form.onsubmit = event => event.preventDefault();
  const moved = () => page.draw();
  const figure = (canvas, name) => {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", name);
    panels.append(element("figure", {}, canvas, element("figcaption", { "aria-hidden": "true" }, name)));
    return canvas;
  };
  const page = {
    form,
    say: text => { said.textContent = text; },

    // A choice among labels, or among images; gives the number of what is chosen.
    choice(name, images, labels = images.map((_, i) => `image ${i + 1}`)) {
      const inputs = labels.map((label, i) => {
        const input = element("input", { type: "radio", name, "aria-label": label });
        input.checked = i === 0;
        input.oninput = moved;
        const thumb = images.length ? element("canvas", { "aria-hidden": "true" }) : label;
        if (images.length) paint(thumb, images[i]);
        return [input, element("label", images.length ? { class: "aelib-explorer-thumb" } : {}, input, thumb)];
      });
      controls.append(element("fieldset", {}, element("legend", {}, name), ...inputs.map(([, label]) => label)));
      return (chosen = null) => {
        if (chosen !== null) inputs[chosen][0].checked = true;
        return inputs.findIndex(([input]) => input.checked);
      };
    },

    slider(name, low, high, step, value, written = number => `${number}`) {
      const input = element("input", { type: "range", min: low, max: high, step, value });
      const shown = element("span", { "aria-hidden": "true" });
      sliders.append(element("label", {}, element("span", {}, name), input, shown));
      const tell = () => {
        shown.textContent = written(Number(input.value));
        input.setAttribute("aria-valuetext", shown.textContent);
      };
      input.oninput = () => { tell(); moved(); };
      tell();
      return Object.assign(() => Number(input.value), {
        input,
        set(number) { input.value = number; tell(); },
      });
    },

    picture(name, size = 140) {
      const canvas = figure(element("canvas", { class: "aelib-explorer-picture" }), name);
      canvas.style.cssText = `width: ${size}px; height: ${size}px`;
      return (values, signed) => paint(canvas, values, signed);
    },

    // A diagram on white, in both themes; x and y turn numbers into places on the canvas.
    plot(name, xname, yname, [left, right, low, high], width = 360, height = 320) {
      const canvas = figure(element("canvas", { width: 2 * width, height: 2 * height }), name);
      canvas.style.cssText = `width: ${width}px; height: ${height}px; touch-action: none`;
      const context = canvas.getContext("2d");
      context.scale(2, 2);
      const edge = 44, across = width - edge - 10, down = height - edge - 10;
      const plot = {
        canvas, context, width, height,
        x: value => edge + (value - left) / (right - left) * across,
        y: value => 10 + (high - value) / (high - low) * down,
        at: event => {
          const box = canvas.getBoundingClientRect();
          const within = (share, from, to) => from + Math.min(Math.max(share, 0), 1) * (to - from);
          return [within((event.clientX - box.left - edge) / across, left, right),
            within(1 - (event.clientY - box.top - 10) / down, low, high)];
        },
        line(points, colour, dashes = []) {
          context.save();
          context.beginPath();
          context.rect(edge, 10, across, down);
          context.clip();
          context.strokeStyle = colour;
          context.lineWidth = 2;
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
        text(text, x, y, align = "center", colour = INK) {
          context.fillStyle = colour;
          context.textAlign = align;
          context.fillText(text, x, y);
        },
        clear() {
          context.fillStyle = "#ffffff";
          context.fillRect(0, 0, width, height);
          context.strokeStyle = INK;
          context.lineWidth = 1;
          context.strokeRect(edge, 10, across, down);
          context.font = "12px system-ui, sans-serif";
          for (const value of ticks(left, right)) plot.text(value, plot.x(value), height - edge + 16);
          for (const value of ticks(low, high)) plot.text(value, edge - 6, plot.y(value) + 4, "right");
          plot.text(xname, edge + across / 2, height - 6);
          context.save();
          context.rotate(-Math.PI / 2);
          plot.text(yname, -10 - down / 2, 12);
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
