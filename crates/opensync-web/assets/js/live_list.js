// The open list takes in what changed: rows change in place. New sessions appear at its top when that
// moves nothing somebody looks at; otherwise a button offers them.
import { isPanelOpen } from "./panel.js";

const results = () => document.querySelector("#list #results");
const freshButton = () => document.querySelector("[data-fresh]");

function refresh() {
  const button = freshButton();
  if (button) button.hidden = true;
  return htmx.ajax("GET", location.pathname + location.search, { target: "#results", swap: "outerMorph show:none" });
}

// Whether new rows at the top would move nothing under somebody's eyes or pointer.
function isUndisturbed() {
  const loaded = results().querySelectorAll(".row").length;
  const reading = window.scrollY >= 120 || isPanelOpen() || new URLSearchParams(location.search).has("cursor");
  return !reading && loaded <= 25 && !results().querySelector(".sessions:hover, .row :focus");
}

// Puts rows and sums of the list in place. `change` has `ids` and whether it is `everything`.
export async function updateList(change) {
  if (!results()) return;
  if (!results().querySelector("[data-shown]")) {
    // The list is empty so far.
    if (!isPanelOpen()) await refresh();
    return;
  }
  const shown = [...results().querySelectorAll(".row")].map((row) => row.id.slice(2));
  const wanted = change.everything ? shown : shown.filter((id) => change.ids.has(id));
  const query = new URLSearchParams(results().dataset.key);
  query.set("ids", wanted.slice(0, 400).join(","));
  const response = await fetch(`/sessions/rows?${query}`);
  if (!response.ok) throw new Error("no answer");
  const { rows, count, matching, archive } = await response.json();
  const status = results()?.querySelector("[data-shown]");
  if (!status) return;
  const more = matching - Number(status.dataset.total);
  const first = Number(results().dataset.archive) === 0;
  if (more > 0 && (first || isUndisturbed())) return refresh();
  const parsed = document.createElement("template");
  parsed.innerHTML = rows;
  for (const row of parsed.content.querySelectorAll(".row")) {
    const old = document.getElementById(row.id);
    if (old) htmx.swap({ sourceElement: old, target: old, swap: "outerMorph show:none", text: row.outerHTML });
  }
  const button = freshButton();
  if (more > 0 && button) {
    button.textContent = `${more} new session${more === 1 ? "" : "s"}`;
    button.hidden = false;
  } else {
    const line = document.getElementById("count");
    htmx.swap({ sourceElement: line, target: line, swap: "outerMorph show:none", text: count });
  }
  results().dataset.archive = archive;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-fresh]")) return;
  window.scrollTo({ top: 0 });
  refresh();
});
