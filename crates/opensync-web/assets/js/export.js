// Shows what links to an export lead to in a dialog. The form in it asks again by itself when
// something changes, and is sent like any other: the answer is a file, and the page stays.
import { sayOffline } from "./problem.js";

const exportDialog = () => document.getElementById("bulk-dialog");

async function show(link) {
  link.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(link.href, {
      headers: { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "dialog#bulk-dialog" },
    });
    const text = await response.text();
    const target = response.ok ? exportDialog() : document.getElementById("problem");
    htmx.swap({ sourceElement: link, target, swap: "innerHTML show:none", text });
    if (response.ok && !exportDialog().open) exportDialog().showModal();
  } catch {
    sayOffline();
  } finally {
    link.removeAttribute("aria-busy");
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="/sessions/export/new?"]');
  if (!link || event.button > 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  show(link);
}, true);

document.addEventListener("submit", (event) => {
  if (!event.submitter?.hasAttribute("data-export-download") || !exportDialog().contains(event.target)) return;
  // The form must be there until the browser took its fields.
  setTimeout(() => exportDialog().close());
});
