// Saved views: the form that saves one is ready to type in, and what became of it is said.
import { say } from "./say.js";

const menu = () => document.getElementById("menu-save");

// Opens the form; without one the list has nothing to save.
export function openSaveForm() {
  if (menu()) menu().open = true;
}

// `toggle` does not bubble.
document.addEventListener(
  "toggle",
  (event) => {
    const field = event.target.open ? event.target.querySelector?.(".save [name=name]") : null;
    field?.focus();
    field?.select();
  },
  true,
);

// The form goes with the list that is replaced, so what it asked for is noted before.
let outcome;

document.addEventListener("htmx:before:swap", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (sourceElement?.id === "save-form") outcome = response?.status < 400 ? "saved" : "refused";
});

document.addEventListener("htmx:after:swap", () => {
  if (outcome === "saved") {
    say("View saved");
    document.querySelector("#menu-views > summary")?.focus({ preventScroll: true });
  } else if (outcome === "refused") {
    document.getElementById("view-name")?.focus();
  }
  outcome = undefined;
});
