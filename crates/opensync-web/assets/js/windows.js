// The messages of a session that are on its page: brings those around what is on screen without moving what
// is read, lets go of those far away, and goes to any place.
import { watchColours } from "./colours.js";

const most = 400;
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
  // Those of a sub-agent's conversation wait for a click.
  flow().querySelectorAll(".flow-in > .edge").forEach((edge) => edges.observe(edge));
  watchColours(flow());
}

// The message at a place, or the one it was joined to.
function messageAt(seq) {
  return [...flow().querySelectorAll(".flow-in > .msg")].find((message) => Number(message.dataset.last) >= seq);
}

const isHere = (seq) => {
  const first = flow().querySelector(".flow-in > .msg");
  const message = messageAt(seq);
  return message && (Number(first.dataset.seq) <= seq || !flow().querySelector(".flow-in > .edge[data-edge=before]"));
};

let bringing;

// Shows the messages around a place instead of those that are shown. False when another place was asked for
// meanwhile, or they could not be loaded.
export async function bringPlace(seq) {
  bringing?.abort();
  bringing = new AbortController();
  const { signal } = bringing;
  const page = new URL(flow().dataset.page, location.href);
  page.searchParams.set("at", seq);
  const answer = await fetch(`${page.pathname}/messages${page.search}`, { signal }).catch(() => undefined);
  const html = answer?.ok ? await answer.text().catch(() => "") : "";
  if (!html || signal.aborted) return false;
  edges?.disconnect();
  const inner = flow().querySelector(".flow-in");
  htmx.swap({ sourceElement: inner, target: inner, swap: "innerMorph show:none", text: html });
  return true;
}

// Goes on loading at the edges once what was gone to has its place.
export function settle(shown) {
  const pane = flow();
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (flow() !== pane) return;
      if (shown?.isConnected && shown.matches("mark")) shown.scrollIntoView({ block: "center", inline: "nearest" });
      watchEdges();
    }),
  );
}

// Goes to a place of the session, whether it is on the page or not.
export async function goToPlace(seq) {
  if (!isHere(seq) && !(await bringPlace(seq))) return;
  const message = messageAt(seq) ?? flow().querySelector(".flow-in > .msg:last-of-type");
  message?.scrollIntoView();
  settle(message);
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
});
