// Single keys. They never fire while somebody types, with a modifier, or in a dialog. A script that
// handled a key first says so with `preventDefault`.
import { closeMenu, closeSheet } from "./menus.js";
import { closePanel, isPanelOpen } from "./panel.js";
import { moveCursor } from "./rows.js";
import { clearSelection, selectionKey } from "./select.js";

const isTyping = (element) => element.matches?.("textarea, select, [contenteditable], input:not([type=checkbox])");

function onList(event) {
  const inRow = event.target.closest?.("#results .row");
  switch (event.key) {
    case "j":
      return moveCursor(1);
    case "k":
      return moveCursor(-1);
    case "ArrowDown":
      return inRow && moveCursor(1);
    case "ArrowUp":
      return inRow && moveCursor(-1);
    case "/": {
      const search = document.getElementById("q");
      search?.focus();
      search?.select();
      return Boolean(search);
    }
    default:
      return selectionKey(event.key);
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
  if (event.key === "?") {
    document.getElementById("keys")?.showModal();
    event.preventDefault();
  } else if (!isPanelOpen() && onList(event)) {
    event.preventDefault();
  }
});
