// The cursor of the list: the row whose link has or had the focus. The list is one stop of the Tab
// key: what is in other rows is reached by moving the cursor.
const rows = () => [...document.querySelectorAll("#results .row:not([hidden])")];
let current;

function setStop(row, isStop) {
  for (const control of row?.querySelectorAll("a, button, input") ?? []) {
    if (isStop) control.removeAttribute("tabindex");
    else control.tabIndex = -1;
  }
}

// After rows came, went or changed.
function rove() {
  const all = rows();
  const stop = all.find((row) => row.id === current) ?? all[0];
  for (const row of document.querySelectorAll("#results .row")) setStop(row, row === stop);
}

function moveTo(row) {
  row.querySelector(".title").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

// Moves by so many rows, by `Infinity` to an end; false when there is no list.
export function moveCursor(step) {
  const all = rows();
  if (all.length === 0) return false;
  const at = all.findIndex((row) => row.id === current);
  moveTo(all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)]);
  return true;
}

// The row with the cursor, when it is there.
export function cursorRow() {
  return rows().find((row) => row.id === current);
}

// Gives the focus to the row with this id.
export function focusRow(id) {
  document.getElementById(id)?.querySelector(".title")?.focus({ preventScroll: true });
}

// Gives the focus to the first row.
export function focusFirstRow() {
  const [first] = rows();
  if (first) focusRow(first.id);
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("#results .row");
  if (!row || row.id === current) return;
  setStop(document.getElementById(current) ?? rows()[0], false);
  current = row.id;
  setStop(row, true);
});

document.addEventListener("htmx:after:swap", rove);
rove();

// Cells that explain themselves on hover lie above the link of their row: a click there is one on it.
document.addEventListener("click", (event) => {
  const row = event.target.closest("td [title]")?.closest("#results .row");
  if (!row || event.target.closest("a")) return;
  const link = row.querySelector(".title");
  if (event.ctrlKey || event.metaKey || event.shiftKey) window.open(link.href);
  else link.click();
});
