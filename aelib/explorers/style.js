// What an explorer looks like: its style sheet and its colours; no element is made here.

const CSS = `
.aelib-explorer form { max-width: 60em; padding: 2px 4px; line-height: 1.5; margin: 0;
  font-family: var(--jp-content-font-family, system-ui, sans-serif); font-size: var(--jp-content-font-size1, 14px);
  color: var(--jp-content-font-color1, #212121); background: var(--jp-layout-color0, transparent) }
.aelib-explorer p { margin: .3em 0 }
.aelib-explorer fieldset { border: 0; margin: .3em 0; padding: 0; min-width: 0; display: flex; flex-wrap: wrap;
  align-items: center; gap: .3em }
.aelib-explorer legend { float: left; padding: 0; margin: 0 .6em 0 0; width: auto; font-size: 1em; color: inherit }
.aelib-explorer fieldset label { position: relative; display: flex; align-items: center; gap: .3em; padding: 2px;
  border: 2px solid transparent; border-radius: 3px; cursor: pointer }
.aelib-explorer fieldset label:has(:checked) { border-color: var(--jp-brand-color1, #1976d2) }
.aelib-explorer-thumb input { position: absolute; opacity: 0; inset: 0; margin: 0; cursor: pointer }
.aelib-explorer-sliders { display: grid; grid-template-columns: max-content minmax(8em, 22em) 1fr; gap: .2em .8em;
  align-items: center; margin: .3em 0 }
.aelib-explorer-sliders label { display: contents; cursor: default }
.aelib-explorer input[type=range] { width: 100%; margin: 0; accent-color: var(--jp-brand-color1, #1976d2) }
.aelib-explorer-panels { display: flex; flex-wrap: wrap; gap: 1em; margin: .5em 0 }
.aelib-explorer figure { margin: 0; text-align: center }
.aelib-explorer canvas { display: block; border: 1px solid #8a8a8a }
.aelib-explorer-picture { image-rendering: pixelated }
.aelib-explorer-thumb canvas { image-rendering: pixelated; width: 34px; height: 34px }
.aelib-explorer :focus-visible, .aelib-explorer label:has(:focus-visible) {
  outline: 3px solid var(--jp-brand-color1, #1976d2) !important; outline-offset: 2px }
`;
const INK = "#222222", PALE = "#c8c8c8", FIRST = "#332288", SECOND = "#b3475a";
