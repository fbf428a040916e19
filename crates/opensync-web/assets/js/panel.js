// A session opens over the list, which keeps its rows, its scroll position and its filters. Going
// back closes the panel without asking the server for the list again.
import { focusRow } from "./rows.js";

const panel = () => document.getElementById("panel");
const list = () => document.querySelector("#list #results");
const places = ["cursor", "density", "session", "m", "at", "before", "after", "find", "hit", "view", "diff"];

let openedRow;
let listEntry;

// Whether a session lies over the list.
export function isPanelOpen() {
  return Boolean(panel()?.firstElementChild);
}

// What makes two lists the same, from a URL's query.
function listKey(query) {
  const params = new URLSearchParams(query);
  places.forEach((name) => params.delete(name));
  params.sort();
  return params.toString();
}

function empty() {
  htmx.swap({ sourceElement: panel(), target: panel(), swap: "innerHTML", text: "" });
  document.title = list().dataset.title;
  const focus = () => focusRow(openedRow);
  // The browser moves the focus at the end of a traversal.
  if (window.navigation?.transition) navigation.addEventListener("navigatesuccess", focus, { once: true });
  else focus();
}

// Closes the panel the way Back does. False when it was not open.
export function closePanel() {
  if (!isPanelOpen()) return false;
  const close = panel().querySelector("[data-close]");
  if (!list()) {
    // The session was opened by its own address: the list is another page.
    if (close) location.assign(close.href);
  } else if (window.navigation?.entries().some((entry) => entry.key === listEntry)) {
    navigation.traverseTo(listEntry);
  } else {
    history.pushState({ htmx: true }, "", `/sessions${list().dataset.key && `?${list().dataset.key}`}`);
    empty();
  }
  return true;
}

document.addEventListener(
  "click",
  (event) => {
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!plain || !list() || !event.target.closest("#panel [data-close]")) return;
    event.preventDefault();
    event.stopPropagation();
    closePanel();
  },
  true,
);

document.addEventListener("htmx:before:history:update", (event) => {
  const from = event.detail.sourceElement?.closest?.("#list .row, #palette");
  if (!from) return;
  openedRow = from.id;
  listEntry = window.navigation?.currentEntry.key;
});

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target !== panel() || !isPanelOpen()) return;
  const heading = panel().querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
});

document.addEventListener("htmx:before:history:restore", (event) => {
  const url = new URL(event.detail.path, location.href);
  // Read from the page, not from a variable: an earlier restore may have been broken off.
  if (!list() || listKey(url.search) !== listKey(list().dataset.key)) return;
  if (url.pathname === "/sessions") {
    if (!isPanelOpen()) return;
    event.preventDefault();
    empty();
  } else if (/^\/sessions\/[^/]+$/.test(url.pathname)) {
    event.preventDefault();
    htmx.ajax("GET", event.detail.path, { target: "#panel", swap: "innerHTML" });
  }
});
