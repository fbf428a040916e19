// What was just deleted can be brought back for a few seconds: counts them down, and brings it back
// without leaving the page. Also asks before one session is deleted, over that session.
import { closePanel } from "./panel.js";
import { sayOffline } from "./problem.js";

const place = () => document.getElementById("undo");
const partial = { "HX-Request": "true", "HX-Request-Type": "partial" };
let clock;

function tick() {
  const forms = [...place().querySelectorAll("form")];
  for (const form of forms) {
    form.dataset.until ??= String(Date.now() + Number(form.dataset.left));
    const left = Math.round((Number(form.dataset.until) - Date.now()) / 1000);
    form.querySelector(".left").textContent = `${Math.max(left, 0)} s`;
    if (left > 0) continue;
    if (form.contains(document.activeElement)) document.getElementById("main").focus({ preventScroll: true });
    form.remove();
  }
  if (place().querySelector("form")) return;
  clearInterval(clock);
  clock = undefined;
}

function put(html) {
  const parsed = document.createElement("template");
  parsed.innerHTML = html;
  place().replaceChildren(parsed.content);
  clock ??= setInterval(tick, 1000);
  tick();
}

// Shows what can be brought back now.
export async function showUndo() {
  const answer = await fetch("/sessions/undo", { headers: { ...partial, "HX-Target": "undo" } });
  if (answer.ok) put(await answer.text());
}

async function send(form, target) {
  form.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, headers: { ...partial, "HX-Target": target } });
    if (!answer.ok) throw new Error(answer.status);
    return await answer.text();
  } catch {
    sayOffline();
    return undefined;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

async function undo(form) {
  const text = await send(form, "undo");
  if (text === undefined) return;
  // A page without a list, or the address of a session that is back.
  if (!document.querySelector("#results table")) return location.reload();
  form.remove();
  const said = document.createElement("p");
  said.className = "undo";
  said.textContent = text;
  place().append(said);
  setTimeout(() => said.remove(), 6000);
  document.getElementById("main").focus({ preventScroll: true });
}

async function remove(form) {
  const dialog = document.getElementById("bulk-dialog");
  const html = await send(form, "undo");
  if (html === undefined) return dialog.close();
  dialog.close();
  if (!document.querySelector("#list #results")) return location.assign("/sessions");
  closePanel();
  put(html);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.closest?.("#undo")) {
    event.preventDefault();
    undo(form);
  } else if (form.matches?.("#bulk-dialog form[data-delete]")) {
    event.preventDefault();
    remove(form);
  }
});

document.addEventListener("click", async (event) => {
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  const link = plain && event.target.closest?.("a[href^='/sessions/'][href$='/delete']");
  const dialog = document.getElementById("bulk-dialog");
  if (!link || !dialog) return;
  event.preventDefault();
  event.stopPropagation();
  try {
    const answer = await fetch(link.href, { headers: { ...partial, "HX-Target": "dialog#bulk-dialog" } });
    if (!answer.ok) return location.assign(link.href);
    htmx.swap({ sourceElement: link, target: dialog, swap: "innerHTML show:none", text: await answer.text() });
    if (!dialog.open) dialog.showModal();
  } catch {
    sayOffline();
  }
}, true);

if (place()?.querySelector("form")) {
  clock = setInterval(tick, 1000);
  tick();
}
