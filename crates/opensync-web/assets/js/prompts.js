// Moving between prompts, and the other single keys of a session's page.
import { toggleTools } from "./folds.js";
import { frameStrip } from "./strip.js";

const flow = () => document.getElementById("flow");
const jump = () => document.querySelector(".jump");
const prompts = () => [...flow().querySelectorAll(".msg[data-prompt]")];
const distance = (message) => message.getBoundingClientRect().top - flow().getBoundingClientRect().top;

// The prompt that is read: the last one that begins above the upper part of the screen.
function current() {
  const above = prompts().filter((message) => distance(message) < 120);
  if (above.length) return Number(above.at(-1).dataset.prompt);
  const before = flow().querySelector(".edge[data-edge=before][data-prompt]");
  return Number((before ?? prompts()[0])?.dataset.prompt ?? 1);
}

// A prompt by number: its message, or the address of the page that has it.
const find = (number) => flow().querySelector(`[data-prompt="${number}"]`);

// Says which prompt is read, and what of the session is on screen.
export function updatePlace() {
  frameStrip();
  if (!jump()) return;
  const number = current();
  jump().querySelector("[data-current]").textContent = `Prompt ${number} of ${jump().dataset.total}`;
  for (const [name, step] of [["previous", -1], ["next", 1]]) {
    const link = jump().querySelector(`[data-go=${name}]`);
    const to = number + step;
    const target = find(to);
    const href = target?.dataset.promptHref ?? target?.querySelector(".stamp").getAttribute("href");
    if (href) link.setAttribute("href", href);
    link.toggleAttribute("aria-disabled", to < 1 || to > Number(jump().dataset.total));
    if (link.hasAttribute("aria-disabled")) link.setAttribute("aria-disabled", "true");
  }
}

export function watchPrompts(pane) {
  let waiting = false;
  pane.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (pane.isConnected) updatePlace();
    });
  });
  updatePlace();
}

function go(step) {
  const number = current();
  const here = find(number);
  // Going up stops at the beginning of the prompt that is being read.
  const restart = step < 0 && here?.matches(".msg") && distance(here) < -8;
  const target = restart ? here : find(number + step);
  if (!target) return;
  if (target.matches(".msg")) {
    target.scrollIntoView();
    flow().focus({ preventScroll: true });
    return;
  }
  const href = target.dataset.promptHref;
  htmx.ajax("GET", href, { target: "#panel", swap: "innerHTML show:none", push: href });
}

function neighbour(step) {
  const here = document.querySelector(".rail-list [aria-current]");
  (step < 0 ? here?.previousElementSibling : here?.nextElementSibling)?.click();
}

const keys = {
  J: () => go(1),
  K: () => go(-1),
  "[": () => neighbour(-1),
  "]": () => neighbour(1),
  t: toggleTools,
  i: () => document.querySelector(".to-details")?.click(),
};

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-go]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.dataset.go === "next" ? 1 : -1);
});

// Before other scripts: Escape closes the sheet first.
document.addEventListener(
  "keydown",
  (event) => {
    if (!flow() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") || event.target.matches?.("input, textarea, select, [contenteditable]")) return;
    const isSheetOpen = document.querySelector("#details.open, #details:target");
    if (event.key === "Escape" && isSheetOpen) {
      document.querySelector("[data-close-details]").click();
    } else if (keys[event.key]) {
      keys[event.key]();
    } else {
      return;
    }
    event.preventDefault();
  },
  true,
);
