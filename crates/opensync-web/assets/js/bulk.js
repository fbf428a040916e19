// Sends forms about selected sessions and shows the answer in a dialog: the question before they are
// deleted, how far the work is, and what they are exported as. Downloads are plain forms.
import { sayOffline } from "./problem.js";
import { clearSelection } from "./select.js";
import { showUndo } from "./undo.js";

const dialog = () => document.getElementById("bulk-dialog");
let busy = false;
let hush;

function say(text) {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  clearTimeout(hush);
  hush = setTimeout(() => (toast.textContent = ""), 8_000);
}

function close() {
  dialog().close();
}

// After an answer came in: what is done and went well needs no dialog.
function settle() {
  const doing = dialog().querySelector("#bulk-doing");
  if (doing?.hasAttribute("data-finished") && !doing.hasAttribute("data-told")) {
    doing.setAttribute("data-told", "");
    if (doing.hasAttribute("data-deleted")) clearSelection();
    if (doing.dataset.failed === "0") {
      if (doing.hasAttribute("data-deleted")) showUndo().catch(sayOffline);
      else say(doing.dataset.said);
      return close();
    }
  }
  if (dialog().firstElementChild && !dialog().open) dialog().showModal();
}

async function send(form, submitter) {
  if (busy) return;
  busy = true;
  form.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(submitter?.getAttribute("formaction") ?? "/sessions/bulk", {
      method: "POST",
      body: new URLSearchParams(new FormData(form, submitter)),
      headers: { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "dialog#bulk-dialog" },
    });
    const text = await response.text();
    const target = response.ok ? dialog() : document.getElementById("problem");
    if (!response.ok && dialog().open) close();
    document.querySelectorAll("#bulk details[open]").forEach((menu) => (menu.open = false));
    htmx.swap({ sourceElement: form, target, swap: "innerHTML show:none", text });
    if (response.ok) {
      document.getElementById("problem").replaceChildren();
      settle();
    }
  } catch {
    if (dialog().open) close();
    sayOffline();
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches?.("#list #bulk, #bulk-dialog form[data-bulk]")) return;
  // A file: the browser takes it, and the page stays.
  if (event.submitter?.getAttribute("formaction") === "/sessions/export") {
    document.querySelectorAll("#bulk details[open]").forEach((menu) => (menu.open = false));
    return;
  }
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#bulk-dialog [data-dialog-close]")) return;
  event.preventDefault();
  close();
});

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail.ctx?.target;
  if (target instanceof Node && target !== dialog() && dialog().contains(target)) settle();
});

// The event does not bubble.
document.addEventListener(
  "close",
  (event) => {
    if (event.target !== dialog()) return;
    // Work that goes on is asked about until it is done, and then said.
    if (!dialog().querySelector("#bulk-doing:not([data-finished])")) dialog().replaceChildren();
    if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
  },
  true,
);
