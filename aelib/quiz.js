// The quiz in the page: it draws the form, grades, and tells Python the answers where a kernel listens.
// This file runs in two roles: in the page, where `mountAll` draws; and, from a kernel, as a widget without a view.

const CSS = `
.aelib-quiz { max-width: 56em; padding: 2px 4px; line-height: 1.5;
  font-family: var(--jp-content-font-family, system-ui, sans-serif); font-size: var(--jp-content-font-size1, 14px);
  color: var(--jp-content-font-color1, inherit); background: var(--jp-layout-color0, transparent) }
.aelib-quiz form { margin: 0 0 1.6em }
.aelib-quiz fieldset { border: 0; margin: 0; padding: 0; min-width: 0 }
.aelib-quiz legend { padding: 0; margin: 0 0 .4em; font-weight: 600; color: inherit; font-size: 1em }
.aelib-quiz p { margin: .3em 0 }
.aelib-quiz label { display: flex; gap: .6em; align-items: baseline; padding: .15em 0; margin: 0 }
.aelib-quiz input[type=radio], .aelib-quiz input[type=checkbox] { margin: 0; flex: none; position: relative; top: .1em }
.aelib-quiz input[type=text] { width: 9em; padding: .2em .5em; border-radius: 3px; font: inherit; color: inherit;
  background: var(--jp-layout-color0, transparent); border: 1px solid var(--jp-ui-font-color2, #757575) }
.aelib-quiz button { margin: .5em .6em 0 0; padding: .25em .9em; border-radius: 3px; font: inherit; cursor: pointer;
  color: inherit; background: var(--jp-layout-color2, #8883); border: 1px solid var(--jp-ui-font-color2, #757575) }
.aelib-quiz button[aria-disabled=true] { border-style: dashed; cursor: default }
.aelib-quiz :focus-visible { outline: 3px solid var(--jp-brand-color1, #1976d2) !important; outline-offset: 2px }
.aelib-quiz ol, .aelib-quiz ul { margin: .4em 0; padding-left: 1.8em }
.aelib-quiz li { margin: .2em 0 }
.aelib-quiz ol button { margin: 0 .3em 0 0; padding: 0 .6em }
.aelib-quiz code { font-family: var(--jp-code-font-family, monospace); font-size: .93em; color: inherit;
  background: var(--jp-layout-color2, #8883); padding: 0 .2em }
.aelib-quiz-said { border-left: 4px solid #8a8a8a; margin: .6em 0 0; padding: .1em .8em }
.aelib-quiz-said:empty { display: none }
.aelib-quiz-said[data-outcome=right] { border-color: #2e8b57 }
.aelib-quiz-said[data-outcome=partly] { border-color: #b7791f }
.aelib-quiz-said[data-outcome=wrong] { border-color: #d9534f }
.aelib-quiz-spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
`;

// Digits in groups of three, e.g. 222,384 or 222 384. Any other comma is refused: whoever types 0,25 means a point.
const GROUPED = /^[+-]?[1-9]\d{0,2}([,\s])\d{3}(\1\d{3})*(\.\d*)?$/;

// What came after a check: {outcome, summary, lines: [[mark, answer, feedback], ...]}; null if `given` is no answer.
function grade(question, given) {
  if (question.type === "numeric") {
    const text = given[0].trim();
    const number = Number(GROUPED.test(text) ? text.replace(/[,\s]/g, "") : text);
    if (text === "" || !Number.isFinite(number)) return null;
    const fits = answer => answer.type === "default" ||
      (answer.type === "value" ? Math.abs(number - answer.value) <= answer.tolerance * (1 + 1e-9)
        : number >= answer.range[0] && number < answer.range[1]);
    const found = question.answers.find(fits);
    const outcome = found.correct ? "right" : "wrong";
    return { outcome, summary: SUMMARY[outcome], lines: [["", "", found.feedback]] };
  }
  if (question.type === "order") {
    const places = given.filter((step, i) => step === question.answers[i].answer).length;
    const outcome = places === given.length ? "right" : places ? "partly" : "wrong";
    const summary = places === given.length ? SUMMARY.right : `${places} of ${given.length} steps stand in their place.`;
    return { outcome, summary, lines: [["", "", question.feedback[outcome === "right" ? "right" : "wrong"]]] };
  }
  if (!given.length) return null;
  const right = question.answers.filter(answer => answer.correct);
  const hits = right.filter(answer => given.includes(answer.answer)).length;
  const extra = given.length - hits;
  const outcome = hits === right.length && !extra ? "right" : hits ? "partly" : "wrong";
  let summary = SUMMARY[outcome];
  if (question.type === "many_choice" && outcome !== "right")
    summary = `${hits} of ${right.length} right choices, ${extra || "nothing"} wrong chosen.`;
  const lines = [];
  for (const { answer, correct, feedback } of question.answers) {
    if (given.includes(answer)) lines.push([correct ? "✓ Right" : "✗ Wrong", answer, feedback]);
    else if (correct) lines.push(["– Not chosen, but right", answer, feedback]);
  }
  return { outcome, summary, lines };
}

const SUMMARY = { right: "Right.", wrong: "Not right yet." };
const EMPTY = {
  many_choice: "Choose at least one answer, then press Check.",
  multiple_choice: "Choose an answer, then press Check.",
  numeric: "Type a number with a point before its decimals, e.g. 0.25 or 1,234.5, then press Check.",
};

// Full points at the first try, half after another, none while it is not right.
function points(question, outcome, tries) {
  return outcome !== "right" ? 0 : tries === 1 ? question.points : question.points / 2;
}

// The data block: JSON in the letters of `_compressed` in quiz.py, two for each word of a growing list.
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

function decompressed(block) {
  const letters = block.trim().slice(0, -1);
  const words = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  let text = "", last = "";
  for (let i = 0; i < letters.length; i += 2) {
    const code = LETTERS.indexOf(letters[i]) * LETTERS.length + LETTERS.indexOf(letters[i + 1]);
    const word = words[code] ?? last + last[0];
    if (last && words.length < LETTERS.length ** 2) words.push(last + word[0]);
    text += last = word;
  }
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, sign => sign.charCodeAt(0))));
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// The MathML of the page's formulas, by their LaTeX.
const FORMULAS = {};

// Text in which backticks enclose code, and dollars a formula, as nodes.
function written(text) {
  return text.split(/(`[^`]*`|\$[^$]*\$)/).map(part => {
    if (part[0] === "`") return element("code", {}, part.slice(1, -1));
    if (part[0] !== "$") return part;
    const drawn = element("template");
    drawn.innerHTML = FORMULAS[part.slice(1, -1)];
    return drawn.content;
  });
}

function counted(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

// What stands where something can't be drawn or graded because of its file.
function broken(error) {
  const words = `The file of this quiz has a mistake here: ${error.message}. The command python -m tools.quizzes names it.`;
  return element("p", { role: "alert" }, words);
}

// Draw the controls of a question into its fieldset; return {given, show, lock, focus}.
function controls(question, fieldset, say) {
  if (question.type === "numeric") {
    const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false" });
    input.onkeydown = event => {  // JupyterLab takes Enter away from a form
      if (event.key !== "Enter") return;
      event.preventDefault();
      input.form.requestSubmit(input.form.querySelector("[type=submit]"));
    };
    fieldset.append(element("label", {}, "Your number:", input));
    return {
      given: () => [input.value],
      show: given => { input.value = given[0]; },
      lock: locked => { input.readOnly = locked; },
      focus: () => input.focus(),
    };
  }
  if (question.type === "order") {
    const list = element("ol");
    const texts = question.shown.map(i => question.answers[i].answer);
    const add = text => {
      const name = text.replaceAll("$", "");
      const up = element("button", { type: "button", "aria-label": `Move up: ${name}` }, "↑");
      const down = element("button", { type: "button", "aria-label": `Move down: ${name}` }, "↓");
      const item = element("li", {}, up, down, ...written(text));
      item.dataset.step = text;
      const move = (button, by) => {
        const place = [...list.children].indexOf(item) + by;
        if (button.getAttribute("aria-disabled") === "true" || place < 0 || place >= list.children.length) return;
        if (by < 0) item.previousElementSibling.before(item);
        else item.nextElementSibling.after(item);
        button.focus();
        say(`${name}: place ${place + 1} of ${list.children.length}.`);
      };
      up.onclick = () => move(up, -1);
      down.onclick = () => move(down, 1);
      list.append(item);
    };
    texts.forEach(add);
    fieldset.append(list);
    return {
      given: () => [...list.children].map(item => item.dataset.step),
      show: given => list.append(...given.map(text => [...list.children].find(item => item.dataset.step === text))),
      lock: locked => list.querySelectorAll("button").forEach(b => b.setAttribute("aria-disabled", locked)),
      focus: () => list.querySelector("button").focus(),
    };
  }
  const inputs = question.answers.map(({ answer }) => {
    const type = question.type === "many_choice" ? "checkbox" : "radio";
    const input = element("input", { type, name: question.id, value: answer });
    fieldset.append(element("label", {}, input, element("span", {}, ...written(answer))));
    return input;
  });
  return {
    given: () => inputs.filter(input => input.checked).map(input => input.value),
    show: given => inputs.forEach(input => { input.checked = given.includes(input.value); }),
    lock: locked => inputs.forEach(input => { input.disabled = locked; }),
    focus: () => (inputs.find(input => input.checked) || inputs[0]).focus(),
  };
}

// Draw a question; return its form, and `show`, which brings the form to what `answers()` holds. `keep` takes answers.
function draw(question, number, of, answers, keep) {
  const worth = counted(question.points, "point");
  const legend = element("legend", {}, `Question ${number} of ${of} (${worth}): `, ...written(question.question));
  const fieldset = element("fieldset", {}, legend);
  if (question.run_first)
    fieldset.append(element("p", {}, element("strong", {}, "Prediction. "), ...written(question.run_first)));
  if (question.type === "many_choice") fieldset.append(element("p", {}, "Any number of answers may be right."));
  if (question.type === "order") fieldset.append(element("p", {}, "Bring the steps into the right order."));
  const spoken = element("div", { class: "aelib-quiz-spoken", role: "status" });
  const answer = controls(question, fieldset, text => { spoken.textContent = text; });
  const check = element("button", { type: "submit" }, "Check");
  const again = element("button", { type: "button" }, "Try again");
  const hint = element("button", { type: "button" });
  const hints = element("ul", { "aria-live": "polite" });
  const said = element("div", { class: "aelib-quiz-said", role: "status", tabindex: "-1" });
  const form = element("form", { novalidate: "", "data-question": question.id });
  form.append(fieldset, check, again, hint, hints, said, spoken);

  const feedback = ({ given, points: got }) => {
    const { outcome, summary, lines } = grade(question, given);
    said.dataset.outcome = outcome;
    const items = lines.map(([mark, text, why]) => {
      const head = mark ? [element("strong", {}, `${mark}: `), ...written(text.replace(/\.?$/, ". "))] : [];
      return element("p", {}, ...head, ...written(why));
    });
    const explanation = element("p", {}, element("strong", {}, "Explanation: "), ...written(question.explanation));
    const result = element("p", {}, element("strong", {}, summary), ` ${got} of ${worth}.`);
    said.replaceChildren(result, ...items, explanation);
    answer.lock(true);
    check.hidden = true;
    again.hidden = outcome === "right";
  };
  const reset = () => {
    said.replaceChildren();
    delete said.dataset.outcome;
    answer.lock(false);
    check.hidden = false;
    again.hidden = true;
  };
  const submit = () => {
    if (check.hidden) return;
    const given = answer.given();
    const graded = grade(question, given);
    if (graded === null) {
      said.replaceChildren(element("p", {}, EMPTY[question.type]));
      return;
    }
    const tries = (answers()[question.id]?.tries ?? 0) + 1;
    const result = { given, outcome: graded.outcome, points: points(question, graded.outcome, tries), tries };
    keep({ ...answers(), [question.id]: result });
    said.focus();
  };
  form.onsubmit = event => {
    event.preventDefault();
    try {
      submit();
    } catch (error) {
      said.replaceChildren(broken(error));
    }
  };
  again.onclick = () => {
    reset();
    answer.focus();
  };
  const label = () => {
    const left = question.hints.length - hints.children.length;
    hint.textContent = left ? `Hint (${left} left)` : "No more hints";
    hint.setAttribute("aria-disabled", !left);
    hint.hidden = !question.hints.length;
  };
  hint.onclick = () => {
    const next = question.hints[hints.children.length];
    if (next) hints.append(element("li", {}, ...written(next)));
    label();
  };
  reset();
  label();
  let shown;
  const show = () => {
    const result = answers()[question.id];
    if (!result || JSON.stringify(result) === shown) return;  // leaves a form that is being filled in as it is
    shown = JSON.stringify(result);
    try {
      answer.show(result.given);
      feedback(result);
    } catch (error) {  // also when the file was changed after the answer
      said.replaceChildren(broken(error));
    }
  };
  return { form, show };
}

const ALONE = "This page does not keep it; run the cell again to connect it to Python.";
const WAITING = "Python has not taken the last answer yet; if that stays so, run the cell again.";

// The models of the quizzes that kernels of this page know, by token. A form may be there before its model, or after.
const MODELS = (globalThis.aelibQuizModels ??= new Map());
const CHANGED = "aelib-quiz-models";

// Draw a quiz into its place. The answers lie in the page; as soon as the place's model is there, in the model.
function mount(place, quiz) {
  Object.assign(FORMULAS, quiz.formulas);
  const root = element("div", { class: "aelib-quiz" });
  const score = element("p");
  let model = null, alone = {};
  const answers = () => (model ? model.get("answers") : alone);
  const show = () => {
    questions.forEach(question => question.show());
    const sum = (of, what) => of.reduce((total, one) => total + one[what], 0);
    const results = Object.values(answers());
    const worth = counted(sum(quiz.questions, "points"), "point");
    const note = !model ? ALONE : model.get("kept") === sum(results, "tries") ? "" : WAITING;
    score.textContent = `Score: ${sum(results, "points")} of ${worth}. ${note}`;
  };
  const keep = changed => {
    if (model) {
      model.set("answers", changed);
      model.save_changes();
    } else alone = changed;
    show();
  };
  const connect = () => {
    const found = MODELS.get(place.dataset.model);  // undefined if there is none
    if (found === model) return;
    if (model) {
      alone = model.get("answers");
      model.off("change", show);
    }
    model = found;
    model?.on("change", show);
    // Python knows better: what was answered before it was there counts only for questions that it has no answer to.
    if (model && Object.keys(alone).some(id => !(id in answers()))) keep({ ...alone, ...answers() });
    else show();
  };
  const questions = quiz.questions.map((question, i) => {
    try {
      if (quiz.questions.findIndex(other => other.id === question.id) < i)  // whose answers would show this one's key
        throw new Error(`the id ${question.id} stands twice`);
      return draw(question, i + 1, quiz.questions.length, answers, keep);
    } catch (error) {
      return { form: broken(error), show: () => {} };
    }
  });
  root.append(element("style", {}, CSS), ...questions.map(({ form }) => form), score);
  // JupyterLab's shortcuts look at what has the focus before they look for this sign on what is around it.
  for (const node of [root, ...root.querySelectorAll("input, button, [tabindex]")])
    node.setAttribute("data-lm-suppress-shortcuts", "true");
  connect();
  addEventListener(CHANGED, connect);
  place.replaceChildren(root);
}

// Draw all quizzes of the page that are still plain text.
function mountAll() {
  for (const place of document.querySelectorAll(".aelib-quiz-page")) {
    const block = place.querySelector("script[type='text/plain']");
    try {
      if (block) mount(place, decompressed(block.textContent));
    } catch (error) {
      place.append(broken(error));
      block.remove();  // and only once
    }
  }
}

export default {
  initialize({ model }) {
    const token = model.get("token");
    const leave = () => {
      MODELS.delete(token);
      dispatchEvent(new Event(CHANGED));
    };
    MODELS.set(token, model);
    dispatchEvent(new Event(CHANGED));
    model.on("comm_live_update", leave);  // the kernel restarts: it knows nothing any more
    return leave;
  },
};
