// Sub-agents below the row that started them: the first click brings them, the next ones fold and unfold.
const below = (row) => [...document.querySelectorAll(`#results .row[data-under="${row.id}"]`)];

function fold(row) {
  for (const child of below(row)) {
    child.hidden = true;
    fold(child);
  }
  row.querySelector("[data-unfold]")?.setAttribute("aria-expanded", "false");
}

function unfold(row) {
  for (const child of below(row)) child.hidden = false;
  row.querySelector("[data-unfold]")?.setAttribute("aria-expanded", "true");
}

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("[data-unfold]");
    const row = link?.closest(".row");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!row || !plain || below(row).length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (link.getAttribute("aria-expanded") === "true") fold(row);
    else unfold(row);
  },
  true,
);

document.addEventListener("htmx:after:swap", (event) => {
  const link = event.detail.ctx?.sourceElement;
  if (link?.matches?.("[data-unfold]")) unfold(link.closest(".row"));
});
