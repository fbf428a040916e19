// Single keys. They never fire while somebody types, with a modifier, or in a dialog. A script that
// handled a key first says so with `preventDefault`.
import { showFresh } from "./live_list.js";
import { closeMenu } from "./menus.js";
import { closePanel, isPanelOpen } from "./panel.js";
import { openPalette } from "./palette.js";
import { moveCursor } from "./rows.js";
import { clearSelection, selectionKey } from "./select.js";
import { closeSheet } from "./sheet.js";
import { moveEval } from "./evals.js";
import { sessionKey } from "./forms.js";

const isSessionOpen = () => Boolean(document.querySelector("#flow, #labels"));
const isTyping = (element) => element.matches?.("textarea, select, [contenteditable], input:not([type=checkbox])");

// The second keys after `g`.
const pages = { s: "/sessions", e: "/evals", v: "/views", ",": "/settings" };
const patience = 1500;
let went = -patience;

function onList(event) {
  const inRow = event.target.closest?.("#results .row");
  switch (event.key) {
    case "j":
      return moveEval(1) || moveCursor(1);
    case "k":
      return moveEval(-1) || moveCursor(-1);
    case "ArrowDown":
      return inRow && moveCursor(1);
    case "ArrowUp":
      return inRow && moveCursor(-1);
    case "Home":
      return inRow && moveCursor(-Infinity);
    case "End":
      return inRow && moveCursor(Infinity);
    case "n":
      return showFresh(true);
    default:
      return false;
  }
}

function onPage(event) {
  const page = event.timeStamp - went < patience && pages[event.key];
  went = event.key === "g" ? event.timeStamp : -patience;
  if (page) {
    location.assign(page);
    return true;
  }
  switch (event.key) {
    case "?":
      document.getElementById("shortcuts")?.showModal();
      return true;
    case "/": {
      const search = !isPanelOpen() && document.querySelector("#q, .palette-page [name=q]");
      if (!search) return openPalette();
      search.focus();
      search.select();
      return true;
    }
    default:
      return (isSessionOpen() && sessionKey(event.key)) || selectionKey(event.key);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    const closed = closeMenu() || closeSheet() || (!isTyping(event.target) && (closePanel() || clearSelection()));
    if (closed) event.preventDefault();
    return;
  }
  if (isTyping(event.target)) return;
  if (onPage(event) || (!isPanelOpen() && onList(event))) event.preventDefault();
});

// The keys as they are called on this keyboard.
if (/Mac|iP(hone|ad)/.test(navigator.platform)) {
  for (const key of document.querySelectorAll("[data-mod]")) key.textContent = "⌘";
  for (const key of document.querySelectorAll("[data-mod-k]")) key.textContent = "⌘K";
}
