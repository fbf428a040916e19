// Finding in the open session. The server knows every hit, also those in messages that are not on the
// page and in output that is cut; this goes from one to the next and brings what it needs.
import { drawHits } from "./strip.js";
import { bringPlace, settle } from "./windows.js";

const flow = () => document.getElementById("flow");
const form = () => document.querySelector("[data-find]");
const field = () => form()?.elements.find;
const pause = 180;

let state;
let request;
let timer;
let turn = 0;

const base = () => new URL(flow().dataset.page, location.href).pathname;

// What is marked on the page, and in what comes later.
function setWords(words) {
  const page = new URL(flow().dataset.page, location.href);
  const here = new URL(location.href);
  for (const url of [page, here]) {
    for (const name of ["find", "hit"]) url.searchParams.delete(name);
    if (words) url.searchParams.set("find", words);
  }
  if (words && state?.number) here.searchParams.set("hit", state.number);
  flow().dataset.page = page.pathname + page.search;
  history.replaceState(history.state, "", here);
}

function tell() {
  const { total, number } = state ?? {};
  const text = state === undefined ? "" : total ? `${number.toLocaleString("en")} of ${total.toLocaleString("en")}` : "No matches";
  form().querySelector("[data-count]").textContent = text;
  for (const link of form().querySelectorAll("[data-hit]")) {
    link.removeAttribute("href");
    link.toggleAttribute("aria-disabled", !total);
    if (total) link.setAttribute("tabindex", "0");
    else link.setAttribute("aria-disabled", "true");
  }
}

function unmark() {
  for (const mark of flow().querySelectorAll("mark")) {
    const parent = mark.parentNode;
    mark.replaceWith(...mark.childNodes);
    parent.normalize();
  }
}

// Stops finding. False when nothing was looked for.
export function clearFind() {
  if (!field()?.value) return false;
  field().value = "";
  stop();
  return true;
}

function stop() {
  clearTimeout(timer);
  request?.abort();
  state = undefined;
  turn += 1;
  form().classList.remove("busy");
  tell();
  unmark();
  drawHits([]);
  setWords("");
}

// The first message that is on screen.
function reading() {
  const start = flow().getBoundingClientRect().top;
  const message = [...flow().querySelectorAll(".flow-in > .msg")].find((one) => one.getBoundingClientRect().bottom > start + 8);
  return Number(message?.dataset.seq ?? 0);
}

async function search(words, { number, from } = {}) {
  clearTimeout(timer);
  request?.abort();
  request = new AbortController();
  const { signal } = request;
  const seq = from ?? reading();
  const url = new URL(`${base()}/find`, location.href);
  url.searchParams.set("find", words);
  const view = new URL(flow().dataset.page, location.href).searchParams.get("view");
  if (view) url.searchParams.set("view", view);
  form().classList.add("busy");
  try {
    const answer = await fetch(url, { signal });
    if (!answer.ok) throw new Error("no answer");
    const { total, spots } = await answer.json();
    if (signal.aborted) return;
    state = { words, total, spots, number: 0, session: flow().dataset.session };
    drawHits(spots.map(([place]) => place));
    if (total === 0) {
      tell();
      unmark();
      setWords(words);
      return;
    }
    await show(number ?? firstFrom(seq));
  } catch (error) {
    if (error.name !== "AbortError") form().querySelector("[data-count]").textContent = "Could not look";
  } finally {
    if (!signal.aborted) form()?.classList.remove("busy");
  }
}

// The number of the first hit in or behind a message; the first of all when there is none.
function firstFrom(seq) {
  let before = 0;
  for (const [place, , count] of state.spots) {
    if (place >= seq) return before + 1;
    before += count;
  }
  return 1;
}

function spotOf(number) {
  let before = 0;
  for (const [seq, index, count, piece = 0, view = ""] of state.spots) {
    if (number <= before + count) return { seq, index, piece, view, n: number - before - 1 };
    before += count;
  }
  return undefined;
}

const placeOf = ({ seq, index, view }) => document.getElementById(`p-${seq}-${index}${view && `-${view}`}`);
const marksIn = (place) => [...place.querySelectorAll("mark:not(.on)")];

// A place shows its hit when it has that piece of its text, with enough marks.
function shows(place, spot) {
  const piece = place.closest(".whole")?.dataset.piece ?? "0";
  return Number(piece) === spot.piece && marksIn(place).length > spot.n;
}

async function bringPart(place, spot) {
  const url = new URL(`${base()}/parts/${spot.seq}/${spot.index}`, location.href);
  if (spot.view) url.searchParams.set("view", spot.view);
  if (spot.piece) url.searchParams.set("piece", spot.piece);
  url.searchParams.set("find", state.words);
  await htmx.ajax("GET", url.pathname + url.search, { source: place, target: place, swap: "outerHTML show:none" });
  return placeOf(spot);
}

// Goes to a hit by number, from 1; behind the last comes the first.
async function show(number) {
  const mine = (turn += 1);
  state.number = ((number - 1 + state.total) % state.total) + 1;
  tell();
  const spot = spotOf(state.number);
  setWords(state.words);
  let place = flow().dataset.marked === state.words && placeOf(spot);
  if (!place) {
    if (!(await bringPlace(spot.seq))) return;
    if (mine !== turn) return;
    flow().dataset.marked = state.words;
    place = placeOf(spot);
  }
  if (place?.matches(".whole") && !shows(place, spot)) place = await bringPart(place, spot);
  if (mine !== turn) return;
  const within = place ?? messageAt(spot.seq);
  if (!within) return;
  const marks = marksIn(within);
  const mark = marks[Math.min(spot.n, marks.length - 1)];
  for (let fold = (mark ?? within).closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  flow().querySelectorAll("mark.now").forEach((old) => old.classList.remove("now"));
  mark?.classList.add("now");
  (mark ?? within).scrollIntoView({ block: "center", inline: "nearest" });
  settle(mark ?? within);
}

function messageAt(seq) {
  return [...flow().querySelectorAll(".flow-in > .msg")].find((message) => Number(message.dataset.last) >= seq);
}

function go(step) {
  const words = field().value.trim();
  if (!words) return;
  if (state?.words !== words) search(words);
  else if (state.total) show(state.number + step);
}

document.addEventListener("input", (event) => {
  if (event.target !== field()) return;
  clearTimeout(timer);
  const words = event.target.value.trim();
  if (words) timer = setTimeout(() => words !== state?.words && search(words), pause);
  else stop();
});

document.addEventListener("submit", (event) => {
  if (event.target !== form() || event.target === null) return;
  event.preventDefault();
  go(1);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-hit]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.dataset.hit === "next" ? 1 : -1);
});

// Before other scripts: Escape in the field stops finding and closes nothing else.
document.addEventListener(
  "keydown",
  (event) => {
    if (!field() || document.querySelector("dialog[open]")) return;
    const inField = event.target === field();
    const finds = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "f";
    if (finds && !inField) {
      field().focus();
      field().select();
    } else if (inField && event.key === "Escape") {
      if (!clearFind()) flow().focus({ preventScroll: true });
    } else if (inField && event.key === "Enter" && event.shiftKey) {
      go(-1);
    } else if (event.key === "Enter" && event.target.matches?.("[data-hit]")) {
      go(event.target.dataset.hit === "next" ? 1 : -1);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

// Parts and messages that come later have the marks of what is looked for now.
document.addEventListener("htmx:config:request", (event) => {
  const { request: asked } = event.detail.ctx;
  if (!flow() || !/\/sessions\/[^/]+\/(parts|messages)\b/.test(asked.action)) return;
  const url = new URL(asked.action, location.href);
  const words = new URL(flow().dataset.page, location.href).searchParams.get("find");
  if (!words && !url.searchParams.has("find")) return;
  if (words) url.searchParams.set("find", words);
  else url.searchParams.delete("find");
  asked.action = url.pathname + url.search;
});

// What was under way when something else was looked for has marks that nobody wants any more.
document.addEventListener("htmx:after:swap", () => {
  const page = flow() && new URL(flow().dataset.page, location.href).searchParams;
  if (!page || turn === 0 || page.has("q")) return;
  if (!state?.total) unmark();
  else if (page.get("find") !== state.words) delete flow().dataset.marked;
});

// A page that was opened at a hit goes on from there.
export function resumeFind(pane) {
  state = undefined;
  const words = new URL(pane.dataset.page, location.href).searchParams.get("find");
  if (!words) return;
  const number = Number(form().querySelector("[data-count]").textContent.replaceAll(",", "").split(" ")[0]) || undefined;
  pane.dataset.marked = words;
  const named = location.hash.startsWith("#m-");
  if (named) search(words, { number });
  else search(words, { number, from: 0 });
}

// The session was written to: what was found is found again, without moving.
export async function refreshFind() {
  if (!state || state.session !== flow()?.dataset.session) return;
  const { words, number } = state;
  const url = new URL(`${base()}/find`, location.href);
  url.searchParams.set("find", words);
  const answer = await fetch(url);
  if (!answer.ok || state?.words !== words) return;
  const { total, spots } = await answer.json();
  state = { ...state, total, spots, number: Math.min(number || 1, total) };
  drawHits(spots.map(([place]) => place));
  tell();
}
