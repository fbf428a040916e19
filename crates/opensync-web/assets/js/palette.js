// The palette: sessions, views, projects and commands by their words. Without it, its link leads to a
// page of the same.
import { isPanelOpen } from "./panel.js";
import { say } from "./say.js";
import { setTheme } from "./theme.js";
import { openSaveForm } from "./views.js";

const dialog = () => document.getElementById("palette");
const field = () => dialog().querySelector("[name=q]");
const found = () => document.getElementById("palette-found");
const options = () => [...found().querySelectorAll("[role=option]")];
const chosen = () => found().querySelector("[aria-selected=true]");
const list = () => document.querySelector("#list #results");

let asking;
let answered;
let saying;

function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  if (!option) return field().removeAttribute("aria-activedescendant");
  field().setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = options();
  if (all.length === 0) return;
  const at = all.indexOf(chosen());
  choose(all[(at + step + all.length) % all.length]);
}

function show(content) {
  found().replaceChildren(content);
  found().scrollTop = 0;
  field().setAttribute("aria-expanded", String(options().length > 0));
  choose(options()[0]);
  clearTimeout(saying);
  // Typing changes the number many times; only where it comes to rest is said.
  saying = setTimeout(() => {
    document.getElementById("palette-said").textContent = found().querySelector("[data-said]")?.dataset.said ?? "";
  }, 400);
}

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const query = new URLSearchParams({ q: field().value });
  if (list()?.dataset.key) query.set("list", list().dataset.key);
  const headers = { "HX-Request-Type": "partial", "HX-Target": "div#palette-found" };
  try {
    const response = await fetch(`/palette?${query}`, { signal, headers });
    if (!response.ok) throw new Error("no answer");
    const answer = document.createElement("template");
    answer.innerHTML = await response.text();
    show(answer.content);
  } catch {
    if (!signal.aborted) show(document.getElementById("offline").content.cloneNode(true));
  }
}

// Opens the palette, empty. Answers true, for the key that did.
export function openPalette() {
  if (dialog().open) return true;
  field().value = "";
  dialog().showModal();
  field().focus();
  answered = ask();
  return true;
}

async function send(address) {
  const sent = await fetch(address, { method: "POST", redirect: "manual" }).catch(() => null);
  if (!sent) return;
  say("Import started");
  htmx.ajax("GET", "/import/progress", { target: "#import", swap: "outerMorph" });
}

function follow(href, source) {
  const { pathname } = new URL(href, location.href);
  const open = isPanelOpen();
  if (list() && /^\/sessions\/[^/]+$/.test(pathname)) {
    // From one session to another the way back to the list stays the same.
    const from = open ? document.getElementById("panel") : source;
    htmx.ajax("GET", href, { source: from, target: "#panel", swap: "innerHTML show:none", push: href });
  } else if (list() && !open && pathname === "/sessions") {
    window.scrollTo({ top: 0 });
    htmx.ajax("GET", href, { source, target: "#results", swap: "outerMorph show:none" });
  } else {
    location.assign(href);
  }
}

const commands = {
  keys: () => document.getElementById("shortcuts").showModal(),
  "save-view": openSaveForm,
  "theme-system": () => setTheme("system"),
  "theme-light": () => setTheme("light"),
  "theme-dark": () => setTheme("dark"),
};

function run(item) {
  dialog().close();
  const { send: address, run: name } = item.dataset;
  if (address) send(address);
  else if (name) commands[name]();
  else follow(item.getAttribute("href"), item);
}

document.addEventListener("keydown", (event) => {
  if (event.key?.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  const other = document.querySelector("dialog[open]:not(#palette)");
  if (other) return;
  event.preventDefault();
  if (dialog().open) dialog().close();
  else openPalette();
});

document.addEventListener("input", (event) => {
  if (event.target === field()) answered = ask();
});

dialog().addEventListener("keydown", async (event) => {
  if (event.target !== field() || event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    event.preventDefault();
    // The answer to what was typed last, not what stands there until it comes.
    await answered;
    const item = chosen();
    if (!item || !dialog().open) return;
    if ((event.ctrlKey || event.metaKey) && item.href) window.open(item.href);
    else run(item);
  }
});

document.addEventListener("click", (event) => {
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  const item = event.target.closest("#palette-found [role=option], [data-run]");
  if (event.target.closest("[data-palette]") && plain) {
    event.preventDefault();
    openPalette();
  } else if (item && (plain || !item.href)) {
    event.preventDefault();
    run(item);
  } else if (event.target.closest("[data-palette-close]")) {
    dialog().close();
  }
});
