// A session's conversation: brings the messages around those on screen without moving what is read,
// lets go of those far away, and makes permalinks, copying and the details sheet work in place.
import { watchPrompts } from "./prompts.js";

const most = 400;
let known;
let edges;

const flow = () => document.getElementById("flow");
const top = (element) => element.getBoundingClientRect().top;

// The first message on screen; what it says must not move while others come and go.
function held() {
  const start = top(flow());
  return [...flow().querySelectorAll(".msg")].find((message) => message.getBoundingClientRect().bottom > start + 1);
}

function load(edge) {
  if (!edge?.isConnected || "loading" in edge.dataset) return;
  edge.dataset.loading = "";
  const link = edge.querySelector("a");
  htmx
    .ajax("GET", link.dataset.fragment, { source: link, target: edge, swap: "outerHTML show:none" })
    .catch(() => {})
    .finally(() => {
      // An edge is replaced by what it brought; one that is still there brought nothing.
      delete edge.dataset.loading;
      if (edge.isConnected) link.lastChild.textContent = "Could not load these messages. Try again";
    });
}

export function watchEdges() {
  edges?.disconnect();
  const options = { root: flow(), rootMargin: "1200px 0px" };
  edges = new IntersectionObserver((seen) => seen.forEach((entry) => entry.isIntersecting && load(entry.target)), options);
  flow().querySelectorAll(".edge").forEach((edge) => edges.observe(edge));
}

// The link for what was let go at an end.
function newEdge(kind, seq, prompt) {
  const edge = document.createElement("p");
  edge.className = "edge";
  edge.dataset.edge = kind;
  if (prompt) {
    edge.dataset.prompt = prompt.dataset.prompt;
    edge.dataset.promptHref = prompt.querySelector(".stamp").getAttribute("href");
  }
  const page = new URL(flow().dataset.page, location.href);
  page.searchParams.set(kind, seq);
  const link = edge.appendChild(document.createElement("a"));
  link.className = "btn sm";
  link.href = page.pathname + page.search;
  link.dataset.fragment = `${page.pathname}/messages${page.search}`;
  link.setAttribute("hx-status:4xx", "swap:none");
  link.setAttribute("hx-status:5xx", "swap:none");
  link.textContent = kind === "before" ? "Earlier messages" : "Later messages";
  return edge;
}

// Removes messages beyond the most a page holds, at one end.
export function trim(kind) {
  const inner = flow().querySelector(".flow-in");
  let extra = inner.querySelectorAll(":scope > .msg").length - most;
  if (extra <= 0) return;
  const far = () => (kind === "before" ? inner.firstElementChild : inner.lastElementChild);
  let prompt;
  while (extra > 0 || !far().matches(".msg")) {
    if (far().matches(".msg")) extra -= 1;
    if (far().matches("[data-prompt].msg")) prompt = far();
    far().remove();
  }
  const { seq, last } = far().dataset;
  if (kind === "before") inner.prepend(newEdge(kind, seq, prompt));
  else inner.append(newEdge(kind, last, prompt));
}

let anchor;
document.addEventListener("htmx:before:swap", (event) => {
  const edge = event.detail.ctx.target?.closest?.(".edge");
  const message = edge && held();
  anchor = message && { kind: edge.dataset.edge, message, top: top(message) };
});

document.addEventListener("htmx:after:swap", () => {
  if (anchor) {
    trim(anchor.kind === "before" ? "after" : "before");
    flow().scrollTop += top(anchor.message) - anchor.top;
    anchor = undefined;
    watchEdges();
  }
  start();
});

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
  // The place is settled two frames later; before, an edge could be on screen by accident.
  requestAnimationFrame(() => requestAnimationFrame(() => flow() === known && watchEdges()));
}

async function copyBlock(button) {
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
