// The page of evals: a row opens its labels beside the list, j and k go through the rows, and a label
// that is changed shows in the list at once.
import { refresh } from "./forms.js";

const page = () => document.querySelector("[data-evals]");
const rows = () => [...document.querySelectorAll("[data-eval-rows] .erow")];

async function open(link) {
  rows().forEach((row) => row.removeAttribute("aria-current"));
  link.closest(".erow").setAttribute("aria-current", "true");
  history.replaceState(history.state, "", link.href);
  await refresh(link.href, "#eval-panel").catch(() => location.assign(link.href));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-eval-open]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  // Where the labels are below the list, the page of the session is the shorter way.
  if (matchMedia("(max-width: 56rem)").matches) return;
  event.preventDefault();
  open(link);
});

// Goes to the next or previous row. False when this is another page.
export function moveEval(step) {
  if (!page() || rows().length === 0) return false;
  const at = rows().findIndex((row) => row.hasAttribute("aria-current"));
  const row = rows()[Math.min(Math.max(at + step, 0), rows().length - 1)];
  row.scrollIntoView({ block: "nearest" });
  open(row.querySelector("a[data-eval-open]"));
  return true;
}

document.addEventListener("opensync:saved", () => {
  if (!page()) return;
  refresh(location.pathname + location.search, "#eval-results").catch(() => {});
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-eval-all]")) {
    for (const row of rows()) row.querySelector("[name=id]").checked = event.target.checked;
  }
});
