// What an explorer looks like: its style sheet and its colours; no element is made here.

// They read on white and on JupyterLab's dark ground alike, at least 4 to 1.
const INK = "#7b7b7b", FIRST = "#4477c8", SECOND = "#c9531f", LETTERS = "16px system-ui, sans-serif";

const CSS = `
.aelib-explorer form { padding: 2px 4px; line-height: 1.5; margin: 0; overflow-wrap: break-word;
  font-family: var(--jp-content-font-family, system-ui, sans-serif);
  font-size: max(16px, var(--jp-content-font-size1, 16px));
  color: var(--jp-content-font-color1, inherit); background: var(--jp-layout-color0, transparent) }
.aelib-explorer p { margin: .3em 0; max-width: 60em }
.aelib-explorer fieldset { border: 0; margin: .3em 0; padding: 0; min-width: 0; display: flex; flex-wrap: wrap;
  align-items: center; gap: .3em }
.aelib-explorer legend { float: left; padding: 0; margin: 0 .6em 0 0; width: auto; font-size: 1em; color: inherit }
.aelib-explorer fieldset label { position: relative; display: flex; align-items: center; gap: .3em; padding: 2px;
  border: 2px solid transparent; border-radius: 3px; cursor: pointer }
.aelib-explorer fieldset label:has(:checked) { border-color: var(--jp-brand-color1, #1976d2) }
.aelib-explorer-thumb input { position: absolute; opacity: 0; inset: 0; margin: 0; cursor: pointer }
.aelib-explorer-sliders { display: grid; gap: .3em .8em; align-items: center; margin: .3em 0;
  grid-template-columns: minmax(auto, max-content) minmax(6em, 30em) auto 1fr }
.aelib-explorer-sliders label { display: contents; cursor: default }
.aelib-explorer input[type=range] { width: 100%; margin: 0; accent-color: var(--jp-brand-color1, #1976d2) }
.aelib-explorer input[type=text] { width: 4.5em; box-sizing: border-box; font: inherit; color: inherit; margin: 0;
  padding: 0 .3em; background: transparent; border: 1px solid ${INK}; border-radius: 3px }
.aelib-explorer input[aria-invalid=true] { border: 2px dashed ${SECOND} }
.aelib-explorer-answer:not(:empty) { border-left: 4px solid ${SECOND}; padding-left: .5em }
.aelib-explorer button { font: inherit; color: inherit; background: transparent; border: 1px solid ${INK};
  border-radius: 3px; padding: .1em .7em; cursor: pointer }
.aelib-explorer-row { display: contents }
.aelib-explorer-kernel { display: grid; grid-template-columns: repeat(3, max-content); gap: 2px; grid-column: 2 / -1 }
.aelib-explorer-panels { display: flex; flex-wrap: wrap; gap: 1em; margin: .5em 0 }
.aelib-explorer-column { display: flex; flex-direction: column; gap: .5em; min-width: 0 }
.aelib-explorer-column figure { flex: none !important }
.aelib-explorer figure { margin: 0; min-width: 0; box-sizing: border-box; text-align: center }
.aelib-explorer figcaption { line-height: 1.3; margin-top: .2em }
.aelib-explorer canvas { display: block; box-sizing: border-box; max-width: 100% }
.aelib-explorer-picture { image-rendering: pixelated; border: 1px solid ${INK} }
.aelib-explorer figure canvas { width: 100% }
.aelib-explorer-thumb canvas { image-rendering: pixelated; width: 48px; height: auto }
.aelib-explorer-buttons { display: flex; flex-wrap: wrap; align-items: center; gap: .4em; margin: .4em 0 }
.aelib-explorer-buttons button:has(canvas) { padding: 2px }
.aelib-explorer-buttons canvas { image-rendering: pixelated; width: 36px }
.aelib-explorer-group { display: flex; flex-wrap: wrap; align-content: flex-start; gap: .6em; flex: 1 1 250px;
  max-width: 330px; min-width: 0 }
.aelib-explorer-group > p { width: 100% }
.aelib-explorer-sliders.aelib-explorer-upright { display: flex; flex-wrap: wrap }
.aelib-explorer-upright label { display: flex; flex-direction: column; align-items: center; gap: .3em }
.aelib-explorer-upright input[type=range] { writing-mode: vertical-lr; direction: rtl; width: auto; height: 10em }
.aelib-explorer :focus-visible, .aelib-explorer label:has(:focus-visible) {
  outline: 3px solid var(--jp-brand-color1, #1976d2) !important; outline-offset: 2px }
`;
