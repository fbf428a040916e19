// Forms that change something of a session and replace a piece of the page with the answer: its title,
// its labels, its summary. What was typed meanwhile is never overwritten.
import { sayOffline } from "./problem.js";

const say = (text) => (document.getElementById("live").textContent = text);

// Whether somebody is filling a form in `piece`, so that nothing may replace it.
export function isEdited(piece) {
  return Boolean(piece?.querySelector("[data-edited]"));
}

async function send(form, submitter) {
  if (form.hasAttribute("aria-busy")) {
    form.dataset.again = "";
    return;
  }
  form.setAttribute("aria-busy", "true");
  if (form.dataset.busy) say(form.dataset.busy);
  delete form.dataset.edited;
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form, submitter)),
      headers: { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": form.dataset.replace },
    });
    const text = await response.text();
    const kept = response.ok || response.status === 422;
    const target = kept ? document.querySelector(form.dataset.replace) : document.getElementById("problem");
    if (response.ok) {
      say("Saved");
      document.dispatchEvent(new CustomEvent("opensync:saved"));
    }
    if (!target || (kept && "edited" in form.dataset)) return;
    htmx.swap({ sourceElement: target, target, swap: kept ? "outerMorph show:none" : "innerHTML show:none", text });
    if (!kept) return;
    document.getElementById("problem").replaceChildren();
    const now = document.querySelector(form.dataset.replace);
    if (response.ok) now.querySelectorAll("details.menu").forEach((menu) => (menu.open = false));
    // A morph leaves what was clicked and typed as it is; the answer says what holds.
    for (const field of now.querySelectorAll("input, textarea")) {
      if (field.type === "checkbox" || field.type === "radio") field.checked = field.defaultChecked;
      else if (field !== document.activeElement || field.name === "tag") field.value = field.defaultValue;
    }
  } catch {
    form.dataset.edited = "";
    sayOffline();
  } finally {
    form.removeAttribute("aria-busy");
    if ("again" in form.dataset) {
      delete form.dataset.again;
      send(form);
    }
  }
}

// Puts a piece of the page at an address in the place of the one that is shown.
export async function refresh(address, selector) {
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": selector };
  const response = await fetch(address, { headers });
  const target = document.querySelector(selector);
  if (!response.ok || !target) return;
  htmx.swap({ sourceElement: target, target, swap: "outerMorph show:none", text: await response.text() });
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.("form[data-replace]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-replace]");
  if (form) form.dataset.edited = "";
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("form[data-replace] [data-now]")) send(event.target.form);
});

// The title is selected when its form opens. `toggle` does not bubble.
document.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches?.("details.rename[open]")) return;
    const field = event.target.querySelector("input");
    field.focus();
    field.select();
  },
  true,
);

// Single keys of an open session. False when there is none, or no such key.
export function sessionKey(key) {
  const label = document.querySelector(`#labels [data-key="${CSS.escape(key)}"]`);
  if (label) {
    label.click();
    return true;
  }
  if (key === "0" && document.getElementById("labels")) return true;
  const control = { c: "[data-copy-from]", e: ".acts [data-export]", p: ".acts [data-share]", r: ".rename > summary", Delete: ".acts [data-delete]" }[key];
  const found = control && document.querySelector(`.convo ${control}`);
  found?.click();
  return Boolean(found);
}
