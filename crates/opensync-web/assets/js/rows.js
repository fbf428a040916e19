// The cursor of the list: the row whose link has or had the focus.
const rows = () => [...document.querySelectorAll("#results .row:not([hidden])")];
let current;

// Moves by one row; false when there is no list.
export function moveCursor(step) {
  const all = rows();
  if (all.length === 0) return false;
  const at = all.findIndex((row) => row.id === current);
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
  next.querySelector(".title").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
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

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("#results .row");
  if (row) current = row.id;
});

// Cells that explain themselves on hover lie above the link of their row: a click there is one on it.
document.addEventListener("click", (event) => {
  const row = event.target.closest("td [title]")?.closest("#results .row");
  if (!row || event.target.closest("a")) return;
  const link = row.querySelector(".title");
  if (event.ctrlKey || event.metaKey || event.shiftKey) window.open(link.href);
  else link.click();
});
