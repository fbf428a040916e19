// Menus, the filter sheet and dialogs: they close on a click outside and on Esc.
const openMenus = () => [...document.querySelectorAll("details.menu[open]")];
const sheet = () => document.querySelector(".filters:target");

// Closes the open menu and gives the focus back to its button. False when none was open.
export function closeMenu() {
  const menus = openMenus();
  for (const menu of menus) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
  return menus.length > 0;
}

// Closes the filter sheet of small screens. False when it was not open.
export function closeSheet() {
  const form = sheet();
  if (!form) return false;
  // Only a change of the fragment changes `:target`, and a name that nothing has does not scroll.
  location.replace("#-");
  history.replaceState({ htmx: true }, "", location.pathname + location.search);
  form.querySelector("[href='#filters']").focus({ preventScroll: true });
  return true;
}

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    // A choice among links ends a menu; check boxes invite a second one.
    if (!menu.contains(event.target) || event.target.closest("a.opt")) menu.open = false;
  }
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  // A click on a dialog itself, not on something in it, is one on the ground behind it.
  if (event.target.matches?.("dialog[open]")) event.target.close();
  const onScrim = sheet() && !event.target.closest(".fgroup, [href='#filters']");
  if (event.target.closest("[data-sheet-close]") || onScrim) {
    event.preventDefault();
    closeSheet();
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.id === "filters") closeMenu();
});

window.addEventListener("hashchange", () => sheet()?.querySelector("[data-sheet-close]")?.focus());

// A field that narrows the options of its menu.
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-narrow]")) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const option of event.target.parentElement.querySelectorAll(".opt")) {
    option.hidden = !option.textContent.toLowerCase().includes(wanted);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("[data-narrow]")) event.preventDefault();
});
