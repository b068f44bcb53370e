// What the site does beside its theme: it keeps quizzes in the reader's browser, and lets keys reach what scrolls.
(() => {
  "use strict";
  const PREFIX = "aelib-quiz-";

  const stored = name => {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + name)) ?? {};
    } catch {
      return {};
    }
  };

  const works = () => {
    try {
      localStorage.setItem(PREFIX, "");
      localStorage.removeItem(PREFIX);
      return true;
    } catch {
      return false;
    }
  };

  // What a quiz takes for its model in a kernel: it holds the answers, and says how many tries are kept.
  function kept({ model: name, version, points: of }) {
    const before = stored(name), listeners = new Set();
    let answers = before.version === version ? before.answers : {};
    const sum = what => Object.values(answers).reduce((total, one) => total + one[what], 0);
    return {
      get: key => (key === "answers" ? answers : sum("tries")),
      set(key, value) { answers = value; },
      save_changes() {
        localStorage.setItem(PREFIX + name, JSON.stringify({ version, answers, points: sum("points"), of }));
        listeners.forEach(listener => listener());
      },
      on: (event, listener) => listeners.add(listener),
      off: (event, listener) => listeners.delete(listener),
    };
  }

  if (works()) {
    const models = (globalThis.aelibQuizModels ??= new Map());
    for (const place of document.querySelectorAll(".aelib-quiz-page[data-model]")) {
      models.set(place.dataset.model, kept(place.dataset));
      const button = document.createElement("button");
      button.className = "course-reset";
      button.textContent = "Forget my answers";
      button.onclick = () => {
        localStorage.removeItem(PREFIX + place.dataset.model);
        location.reload();
      };
      place.after(button);
    }
    dispatchEvent(new Event("aelib-quiz-models"));
  }

  // The map says what was reached.
  for (const place of document.querySelectorAll("[data-quiz]")) {
    const { points, of } = stored(place.dataset.quiz);
    if (of) place.textContent = `quiz: ${points} of ${of}`;
  }

  // What scrolls sideways can be scrolled by keys.
  const reach = () => {
    const wide = "pre, .course-figure, .course-formula, .table-wrapper, .cell_output .output";
    for (const node of document.querySelectorAll(wide))
      if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
  };
  addEventListener("load", reach);
  addEventListener("resize", reach);
})();
