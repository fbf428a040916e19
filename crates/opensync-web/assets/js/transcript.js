// A session's conversation: permalinks, copying and the details sheet work in place.
import { resumeFind } from "./find.js";
import { watchPrompts } from "./prompts.js";
import { watchEdges } from "./windows.js";

let known;

const flow = () => document.getElementById("flow");

document.addEventListener("htmx:after:swap", () => start());

// The message the address names.
function named(hash) {
  return hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
}

function mark(message) {
  flow().querySelectorAll(".target").forEach((old) => old.classList.remove("target"));
  for (let fold = message.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  message.classList.add("target");
}

// Shows the message the address names; one that is not on this page is asked for.
function showNamed() {
  const message = named(location.hash);
  if (message && flow().contains(message)) {
    mark(message);
    message.scrollIntoView();
  } else if (location.hash.startsWith("#m-")) {
    const page = new URL(location.href);
    const id = decodeURIComponent(location.hash.slice(3));
    if (page.searchParams.get("m") === id) return;
    page.searchParams.delete("hit");
    page.searchParams.set("m", id);
    location.replace(page);
  }
}

function start() {
  if (!flow() || flow() === known) return;
  known = flow();
  known.dataset.live = "";
  document.title = `${document.querySelector(".convo h1").textContent} · OpenSync`;
  document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest" });
  showNamed();
  watchPrompts(known);
  resumeFind(known);
  // The place is settled two frames later; before, an edge could be on screen by accident.
  requestAnimationFrame(() => requestAnimationFrame(() => flow() === known && watchEdges()));
}

async function copyBlock(button) {
  if (button.dataset.raw) {
    const answer = await fetch(button.dataset.raw);
    if (!answer.ok) throw new Error("no answer");
    return navigator.clipboard.writeText(await answer.text());
  }
  let block = button.closest(".block-head").nextElementSibling;
  if (block.matches(".command")) block = block.nextElementSibling;
  const more = block.querySelector(".show-all a");
  if (more) {
    await htmx.ajax("GET", more.href, { source: more, target: block, swap: "outerHTML show:none" });
    block = document.getElementById(block.id);
  }
  await navigator.clipboard.writeText((block.querySelector("pre") ?? block).textContent);
}

document.addEventListener("click", async (event) => {
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  const target = plain && event.target.closest?.(".stamp, .edge a, [data-copy-block], a[href='#details'], [data-close-details]");
  if (!target) return;
  if (target.matches(".stamp")) {
    const message = named(target.hash);
    if (!message) return;
    event.preventDefault();
    history.replaceState(history.state, "", target.href);
    mark(message);
  } else if (target.matches(".edge a")) {
    event.preventDefault();
    load(target.closest(".edge"));
  } else if (target.matches("[data-copy-block]")) {
    const live = document.getElementById("live");
    try {
      await copyBlock(target);
      target.classList.add("done");
      setTimeout(() => target.classList.remove("done"), 1500);
      live.textContent = "Copied";
    } catch {
      live.textContent = "The browser did not allow copying";
    }
  } else {
    event.preventDefault();
    toggleDetails();
  }
});

// Opens or closes the details where they are a sheet; elsewhere they get the focus.
export function toggleDetails(open) {
  const details = document.getElementById("details");
  const isOpen = details.classList.toggle("open", open);
  if (isOpen) details.querySelector("[data-close-details]").focus();
  else flow().focus({ preventScroll: true });
}

window.addEventListener("hashchange", () => flow() && showNamed());

start();
