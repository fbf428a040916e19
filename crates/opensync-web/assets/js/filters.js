// After the list changed, the form shows what the server says is active, and assistive technology
// hears how many sessions there are.
import { say } from "./say.js";

// A morph keeps what the reader ticked or typed, also when a chip just removed it.
function showActive() {
  for (const field of document.querySelectorAll("#filters input")) {
    if (field.type === "checkbox") field.checked = field.defaultChecked;
    else if (field !== document.activeElement && !("narrow" in field.dataset)) field.value = field.defaultValue;
  }
}

let said = document.querySelector("[data-count]")?.textContent;
let soon;

// Typing changes the list many times; only where it comes to rest is said.
function sayCount() {
  clearTimeout(soon);
  soon = setTimeout(() => {
    const text = document.querySelector("[data-count]")?.textContent.replace(/\s+/g, " ").trim();
    if (text && text !== said) say(text);
    said = text;
  }, 700);
}

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id !== "results") return;
  showActive();
  sayCount();
});
