// Keys that walk through slides: arrows, page keys and space go to the next or the last one, Home and End to the ends.
(() => {
  "use strict";
  const slides = [...document.querySelectorAll("section")];
  const STEPS = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
  const here = () => slides.findLastIndex(slide => slide.getBoundingClientRect().top < 2);
  for (const lines of document.querySelectorAll("pre"))
    if (lines.scrollWidth > lines.clientWidth) lines.tabIndex = 0;  // on a phone
  addEventListener("keydown", event => {
    const ends = { Home: 0, End: slides.length - 1 };
    const next = event.key in ends ? ends[event.key] : event.key in STEPS ? here() + STEPS[event.key] : null;
    if (next === null || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("pre")) return;
    event.preventDefault();
    slides[Math.min(Math.max(next, 0), slides.length - 1)].scrollIntoView();
  });
})();
