// Menus and dialogs: they close on a click outside and on Esc.
const openMenus = () => [...document.querySelectorAll("details.menu[open]")];

// Closes the open menu and gives the focus back to its button. False when none was open.
export function closeMenu() {
  const menus = openMenus();
  for (const menu of menus) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
  return menus.length > 0;
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
});

document.addEventListener("submit", (event) => {
  if (event.target.id === "filters") closeMenu();
});

// A menu that would leave the window on the right opens to the left. `toggle` does not bubble.
document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.open || !menu.matches("details.menu")) return;
    menu.classList.remove("flip");
    menu.classList.toggle("flip", menu.querySelector(".pop")?.getBoundingClientRect().right > document.documentElement.clientWidth);
  },
  true,
);

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
