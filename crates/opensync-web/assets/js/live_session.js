// The open session takes in what was appended to it: its last messages change in place, new ones
// follow, and what is read stays where it is. Who reads the end stays at the end.
import { refreshFind } from "./find.js";
import { isEdited } from "./forms.js";
import { updatePlace } from "./prompts.js";
import { refreshStrip } from "./strip.js";
import { trim, watchEdges } from "./windows.js";

// Results of tools and later pieces of an answer join messages that are shown already.
const redone = 12;
const flow = () => document.getElementById("flow");
const newest = () => document.querySelector("[data-newest]");
const isAtEnd = () => flow().scrollHeight - flow().scrollTop - flow().clientHeight < 80;

let told = 0;

function announce(count) {
  if (count === 0 || Date.now() - told < 10_000) return;
  told = Date.now();
  document.getElementById("live").textContent = `${count} new message${count === 1 ? "" : "s"}`;
}

function morph(old, html) {
  htmx.swap({ sourceElement: old, target: old, swap: "outerMorph show:none", text: html });
}

function put(html, first) {
  const inner = flow().querySelector(".flow-in");
  const parsed = document.createElement("template");
  parsed.innerHTML = html;
  const incoming = [...parsed.content.children];
  const names = new Set(incoming.map((element) => element.id));
  const replaced = [...inner.querySelectorAll(":scope > .msg")].slice(first);
  replaced.filter((element) => !names.has(element.id)).forEach((element) => element.remove());
  let count = 0;
  let last = inner.querySelectorAll(":scope > .msg")[first - 1] ?? null;
  for (const element of incoming) {
    const old = element.id && inner.querySelector(`:scope > #${CSS.escape(element.id)}`);
    if (old) {
      morph(old, element.outerHTML);
      last = document.getElementById(element.id);
    } else if (element.matches(".divider") && inner.textContent.includes(element.textContent.trim())) {
      continue;
    } else {
      if (last) last.after(element);
      else inner.prepend(element);
      htmx.process(element);
      last = element;
      count += element.matches(".msg") ? 1 : 0;
    }
  }
  return count;
}

// Puts what changed of the open session in place.
export async function updateSession(change) {
  const session = flow()?.dataset.session;
  if (!session || !(change.everything || change.ids.has(session))) return;
  const messages = [...flow().querySelectorAll(".flow-in > .msg")];
  const first = Math.max(0, messages.length - redone);
  const page = new URL(flow().dataset.page, location.href);
  for (const name of ["m", "hit"]) page.searchParams.delete(name);
  if (first > 0) page.searchParams.set("after", messages[first - 1].dataset.last);
  const response = await fetch(`${page.pathname}/live${page.search}`);
  if (response.status === 404) return;
  if (!response.ok) throw new Error("no answer");
  const pieces = await response.json();
  if (flow()?.dataset.session !== session) return;
  const [head, details] = ["convo-head", "details"].map((id) => document.getElementById(id));
  if (!isEdited(head)) morph(head, pieces.head);
  const isOpen = details.classList.contains("open");
  if (!isEdited(details)) morph(details, pieces.details);
  document.getElementById("details").classList.toggle("open", isOpen);
  // Where later messages are not loaded yet, they come when they are scrolled to.
  if (flow().querySelector(".flow-in > .edge[data-edge=after]")) {
    refreshStrip();
    updatePlace();
    return refreshFind();
  }
  const followed = isAtEnd();
  const count = put(pieces.messages, first);
  if (followed) {
    trim("before");
    flow().scrollTop = flow().scrollHeight;
  } else if (count > 0) {
    newest().hidden = false;
  }
  watchEdges();
  announce(count);
  refreshStrip();
  updatePlace();
  return refreshFind();
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-newest]")) return;
  newest().hidden = true;
  flow().scrollTop = flow().scrollHeight;
  flow().focus({ preventScroll: true });
});

document.addEventListener(
  "scroll",
  (event) => {
    if (event.target === flow() && newest() && isAtEnd()) newest().hidden = true;
  },
  true,
);
