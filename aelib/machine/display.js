// The box over the page that shows how far a training run is; no output of a cell, so it is never saved.

function initialize({ model }) {
  const box = document.createElement("div"), bar = document.createElement("div");
  const text = document.createElement("div");
  box.setAttribute("role", "progressbar");
  box.className = "aelib-progress";
  box.style.cssText = "position:fixed; right:1.5em; bottom:2.5em; z-index:1000; width:24em; padding:.7em 1em;" +
    "border:1px solid var(--jp-border-color1, #bbb); border-radius:4px; font-size:13px;" +
    "color:var(--jp-ui-font-color1, #222); background:var(--jp-layout-color1, #fff)";
  bar.style.cssText = "height:4px; margin-top:.5em; background:var(--jp-brand-color1, #1976d2)";
  box.append(text, bar);
  document.body.append(box);
  let silence;
  const draw = () => {
    const percent = Math.round(100 * model.get("share"));
    box.style.display = "block";
    text.textContent = model.get("text");
    bar.style.width = percent + "%";
    box.setAttribute("aria-label", model.get("text"));
    box.setAttribute("aria-valuenow", percent);
    clearTimeout(silence);
    silence = setTimeout(() => { box.style.display = "none"; }, 60000);  // the kernel may be gone
  };
  model.on("change", draw);
  draw();
  return () => { clearTimeout(silence); box.remove(); };
}

export default { initialize };
