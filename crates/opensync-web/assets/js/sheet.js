// The filter sheet of small screens: the address `#filters` opens it. To those who cannot see that it
// covers the page it is a dialog, and what lies below takes no focus.
const form = () => document.querySelector(".filters:target");
const sheet = () => document.getElementById("sheet");
const spoken = "[role=status], [role=alert], dialog, template, script";

function isOpen() {
  return Boolean(form()) && getComputedStyle(sheet()).position === "fixed";
}

function showDialog() {
  const open = isOpen();
  for (const element of document.querySelectorAll("[data-under-sheet]")) {
    element.inert = false;
    delete element.dataset.underSheet;
  }
  if (!open) {
    for (const name of ["role", "aria-modal", "aria-labelledby"]) sheet()?.removeAttribute(name);
    return;
  }
  sheet().setAttribute("role", "dialog");
  sheet().setAttribute("aria-modal", "true");
  sheet().setAttribute("aria-labelledby", "sheet-title");
  for (let element = sheet(); element !== document.body; element = element.parentElement) {
    for (const other of element.parentElement.children) {
      if (other === element || other.matches(spoken)) continue;
      other.inert = true;
      other.dataset.underSheet = "";
    }
  }
}

// Closes the sheet. False when it was not open.
export function closeSheet() {
  const opened = form();
  if (!opened) return false;
  // Only a change of the fragment changes `:target`, and a name that nothing has does not scroll.
  location.replace("#-");
  history.replaceState({ htmx: true }, "", location.pathname + location.search);
  showDialog();
  opened.querySelector("[href='#filters']").focus({ preventScroll: true });
  return true;
}

document.addEventListener("click", (event) => {
  const onScrim = isOpen() && !event.target.closest("#sheet, [href='#filters']");
  if (!onScrim && !event.target.closest("[data-sheet-close]")) return;
  event.preventDefault();
  closeSheet();
});

window.addEventListener("hashchange", () => {
  showDialog();
  if (isOpen()) sheet().querySelector("[data-sheet-close]")?.focus();
});
window.addEventListener("resize", showDialog);
document.addEventListener("htmx:after:swap", showDialog);
showDialog();
