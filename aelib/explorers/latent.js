// What explorers of codes share: distributions over codes, and losses in nats; no code is drawn here.

function between(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

// Points around a mean, some standard deviations away on each axis.
function ellipse(mean, std, times) {
  return Array.from({ length: 73 }, (_, i) =>
    [mean[0] + times * std[0] * Math.cos(i * Math.PI / 36), mean[1] + times * std[1] * Math.sin(i * Math.PI / 36)]);
}

// The binary cross-entropy of an image and its reconstruction, summed over the pixels: nats per image.
function crossEntropy(image, rebuilt) {
  return image.reduce((sum, value, i) => {
    const p = between(rebuilt[i], 1e-7, 1 - 1e-7);
    return sum - value * Math.log(p) - (1 - value) * Math.log(1 - p);
  }, 0);
}

// KL(N(mean, exp(log_var)) || N(0, I)) in nats.
function priorDivergence(mean, logVar) {
  return mean.reduce((sum, m, i) => sum + (m * m + Math.exp(logVar[i]) - 1 - logVar[i]) / 2, 0);
}

// Buttons in a row above the pictures; each has a name, what it does, and may show something else than its name.
function buttons(page, ...named) {
  const made = named.map(([name, act, ...shown]) => {
    const one = element("button", { type: "button", "aria-label": name }, ...(shown.length ? shown : [name]));
    one.onclick = () => {
      act();
      page.draw();
    };
    return one;
  });
  const row = element("div", { class: "aelib-explorer-buttons" }, ...made);
  page.form.querySelector(".aelib-explorer-panels").before(row);
}

// The panels that `add` adds, in a group of their own under a name.
function group(page, name, add) {
  const panels = page.form.querySelector(".aelib-explorer-panels"), before = panels.childElementCount, added = add();
  const made = element("div", { class: "aelib-explorer-group", role: "group", "aria-label": name },
    element("p", { "aria-hidden": "true" }, element("strong", {}, name)));
  made.append(...[...panels.children].slice(before));
  panels.append(made);
  return added;
}
