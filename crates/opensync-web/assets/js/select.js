// Shows which sessions are selected, in the rows and in the bar, and takes ticks, ranges and keys.
import { belongTo, boxes, countPicked, drop, figures, forget, isEverything, isListed, isPicked, pick, pickEverything, pickTo, pickedFields, total } from "./picked.js";
import { cursorRow } from "./rows.js";
import { sumOf } from "./sums.js";

const results = () => document.querySelector("#list #results");
const bar = () => document.querySelector("#list #bulk");
let asked;
let summed = {};

function field([name, value]) {
  const input = document.createElement("input");
  return Object.assign(input, { type: "hidden", name, value });
}

// Sums over everything come from the server: it counts what is not loaded.
async function askSum() {
  const about = [total(), ...pickedFields()].join();
  bar().querySelector("[data-sum]").textContent = about === summed.about ? summed.text : "";
  if (about === summed.about) return;
  summed = { about, text: "" };
  asked?.abort();
  asked = new AbortController();
  try {
    const body = new URLSearchParams([...pickedFields(), ["action", "sum"]]);
    const response = await fetch("/sessions/bulk", { method: "POST", body, signal: asked.signal });
    if (response.ok) summed.text = ` · ${await response.text()}`;
    if (isEverything() && bar()) bar().querySelector("[data-sum]").textContent = summed.text;
  } catch {
    // The number of sessions is right without.
  }
}

// The button takes the mark away when all have it.
function showReady() {
  const button = bar().querySelector("[data-ready-switch]");
  const ready = !isEverything() && figures().length > 0 && figures().every((one) => "ready" in one);
  button.value = ready ? "unready" : "ready";
  button.setAttribute("aria-pressed", String(ready));
  button.setAttribute("aria-label", ready ? "Remove the eval-ready mark" : "Mark eval-ready");
}

function showBar() {
  const many = countPicked();
  const number = new Intl.NumberFormat("en-US").format;
  if (bar().hidden && many > 0) bar().querySelectorAll("details").forEach((menu) => (menu.open = false));
  bar().hidden = many <= 0;
  bar().querySelector("[data-selected]").textContent = `${number(many)} selected`;
  const all = bar().querySelector("[data-pick-matching]");
  all.hidden = many >= total();
  all.textContent = `Select all ${number(total())}`;
  bar().querySelector("[data-picked]").replaceChildren(...pickedFields().map(field));
  showReady();
  if (isEverything()) askSum();
  else bar().querySelector("[data-sum]").textContent = ` · ${sumOf(figures())}`;
}

// Shows the selection: boxes, the bar, and what the form sends.
export function showSelection() {
  if (!results()) return;
  belongTo(results().dataset.key);
  for (const box of boxes()) {
    box.checked = isPicked(box);
    box.disabled = isEverything() && !isListed(box);
    // Figures of rows that changed meanwhile.
    if (box.checked) pick(box, true);
  }
  if (!bar()) return;
  const listed = boxes().filter(isListed);
  const head = results().querySelector("[data-pick-all]");
  head.checked = listed.length > 0 && listed.every((box) => box.checked);
  head.indeterminate = !head.checked && listed.some((box) => box.checked);
  showBar();
}

// Ends the selection. False when there was none.
export function clearSelection() {
  const had = Boolean(bar() && !bar().hidden);
  forget();
  showSelection();
  return had;
}

// Takes sessions that are gone out of the selection.
export function dropSelected(ids) {
  drop(ids);
  showSelection();
}

function change(box, on, isRange) {
  pickTo(box, on, isRange);
  showSelection();
}

// Single keys about the row with the cursor and about the selection.
export function selectionKey(key) {
  const box = cursorRow()?.querySelector("[data-pick]");
  const isOpen = Boolean(bar() && !bar().hidden);
  if (key === "x" && box) change(box, !box.checked, false);
  else if (key === "X" && box) change(box, true, true);
  else if (key === "m" && isOpen) bar().querySelector("[data-ready-switch]").click();
  else if (key === "Delete" && isOpen) bar().querySelector("[data-delete]").click();
  else if (key === "e" && isOpen) bar().querySelector("[data-export]").click();
  else return false;
  return true;
}

// A click on the label around a box is followed by one on the box, which may not know of the key.
let shift = false;
document.addEventListener(
  "click",
  (event) => {
    if (!event.target.closest?.(".pick")) return;
    shift = event.target.matches("input") ? shift || event.shiftKey : event.shiftKey;
  },
  true,
);

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.matches?.("#list [data-pick]")) {
    change(box, box.checked, shift);
    shift = false;
  } else if (box.matches?.("[data-pick-all]")) {
    if (!box.checked) forget();
    else boxes().filter(isListed).forEach((one) => pick(one, true));
    showSelection();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-pick-none]")) {
    clearSelection();
    document.getElementById("main").focus({ preventScroll: true });
  } else if (event.target.closest("[data-pick-matching]")) {
    pickEverything();
    showSelection();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "bulk-tag") return;
  event.preventDefault();
  bar().requestSubmit(bar().querySelector("[data-add-tag]"));
});

// The event does not bubble.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.id === "bulk-tags" && event.target.open) document.getElementById("bulk-tag").focus({ preventScroll: true });
  },
  true,
);

document.addEventListener("htmx:after:swap", showSelection);

// Boxes somebody ticked before the script was there.
if (results()) belongTo(results().dataset.key);
boxes().filter((box) => box.checked).forEach((box) => pick(box, true));
showSelection();
