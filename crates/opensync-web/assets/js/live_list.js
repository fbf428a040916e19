// The open list takes in what changed: rows change in place. New sessions appear at its top when that
// moves nothing somebody looks at; otherwise a button offers them. Rows of deleted sessions go.
import { showStatus } from "./paging.js";
import { isPanelOpen } from "./panel.js";
import { focusFirstRow } from "./rows.js";
import { say } from "./say.js";
import { dropSelected } from "./select.js";

// Rows asked for at once.
const most = 400;

const results = () => document.querySelector("#list #results");
const freshButton = () => document.querySelector("[data-fresh]");

// The list from its beginning, as its filters are.
function refresh() {
  const { key } = results().dataset;
  return htmx.ajax("GET", `/sessions${key && `?${key}`}`, { target: "#results", swap: "outerMorph show:none" });
}

// What a reader hears of new sessions: not more often than this, in milliseconds.
const often = 10_000;
let told = -often;

function offer(number) {
  const button = freshButton();
  const text = `${number} new session${number === 1 ? "" : "s"}`;
  if (!button || (!button.hidden && button.dataset.fresh === text)) return;
  button.dataset.fresh = text;
  button.querySelector("span").textContent = text;
  button.hidden = false;
  if (performance.now() - told < often) return;
  told = performance.now();
  say(`${text}. Press n to show them.`);
}

// Shows what the button offers; false when it offers nothing. Who used a key goes on where the new
// rows are.
export function showFresh(byKey) {
  const button = freshButton();
  if (!results() || !button || button.hidden) return false;
  window.scrollTo({ top: 0 });
  refresh().then(() => byKey && focusFirstRow());
  return true;
}

// Whether new rows at the top would move nothing under somebody's eyes or pointer.
function isUndisturbed() {
  const query = new URLSearchParams(location.search);
  // In another order new rows may come anywhere.
  const elsewhere = ["cursor", "sort", "order"].some((name) => query.has(name));
  const loaded = results().querySelectorAll(".row:not([data-under])").length;
  const reading = window.scrollY > 0 || isPanelOpen() || loaded > 25;
  return !elsewhere && !reading && !results().querySelector(".sessions:hover, .row :focus, .row :checked");
}

// What the server says of rows of the list, asked for in as many steps as it takes.
async function ask(wanted) {
  const answer = { rows: "", gone: [] };
  let rest = wanted;
  do {
    const query = new URLSearchParams(results().dataset.key);
    query.set("ids", rest.slice(0, most).join(","));
    const response = await fetch(`/sessions/rows?${query}`);
    if (!response.ok) throw new Error("no answer");
    const { rows, gone, ...counts } = await response.json();
    Object.assign(answer, counts, { rows: answer.rows + rows, gone: [...answer.gone, ...gone] });
    rest = rest.slice(most);
  } while (rest.length > 0 && results());
  return answer;
}

// Takes rows of deleted sessions away; answers how many of them the list counts.
function remove(ids) {
  let counted = 0;
  for (const id of ids) {
    const row = document.getElementById(`s-${id}`);
    if (row && !row.dataset.under) counted += 1;
    row?.remove();
  }
  return counted;
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
  const { rows, gone, count, matching, archive } = await ask(wanted);
  const status = results()?.querySelector("[data-shown]");
  if (!status) return;
  // Sessions that were not loaded may be deleted too.
  status.dataset.total = Math.min(Number(status.dataset.total) - remove(gone), matching);
  if (gone.length > 0) dropSelected(gone);
  showStatus();
  const more = matching - Number(status.dataset.total);
  const first = Number(results().dataset.archive) === 0;
  const emptied = !results().querySelector(".row:not([data-under])");
  if (emptied || (more > 0 && (first || isUndisturbed()))) return refresh();
  const parsed = document.createElement("template");
  parsed.innerHTML = rows;
  for (const row of parsed.content.querySelectorAll(".row")) {
    const old = document.getElementById(row.id);
    if (old) htmx.swap({ sourceElement: old, target: old, swap: "outerMorph show:none", text: row.outerHTML });
  }
  if (more > 0) {
    offer(more);
  } else {
    if (button) button.hidden = true;
    const line = document.getElementById("count");
    htmx.swap({ sourceElement: line, target: line, swap: "outerMorph show:none", text: count });
  }
  results().dataset.archive = archive;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-fresh]")) showFresh(event.detail === 0);
});

// A list that was asked for again holds everything.
document.addEventListener("htmx:after:swap", (event) => {
  const button = freshButton();
  if (button && event.detail.ctx.target?.id === "results") button.hidden = true;
});
