// The session on one line: the frame follows what is on screen, a click or a drag goes there.
import { goToPlace } from "./windows.js";

const flow = () => document.getElementById("flow");
const strip = () => document.querySelector("[data-strip]");
const seqsOf = (box) => box.dataset.seqs.split(",").map(Number);

let hits = [];
let dragging;

// The bar a message is in.
function barOf(seqs, seq) {
  let low = 0;
  let high = seqs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (seqs[middle] <= seq) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

// Messages stand below each other, so the first that ends below a height is found by halving.
function messageAt(messages, height) {
  let low = 0;
  let high = messages.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle].getBoundingClientRect().bottom > height) high = middle;
    else low = middle + 1;
  }
  return messages[low];
}

// Puts the frame around what is on screen.
export function frameStrip() {
  const box = strip();
  if (!box || dragging) return;
  const messages = flow().querySelectorAll(".flow-in > .msg");
  if (messages.length === 0) return;
  const { top, bottom } = flow().getBoundingClientRect();
  const seqs = seqsOf(box);
  const first = barOf(seqs, Number(messageAt(messages, top + 1).dataset.seq));
  const last = Math.max(first, barOf(seqs, Number(messageAt(messages, bottom - 1).dataset.last)));
  moveFrame(box, first, last, seqs.length);
}

function moveFrame(box, first, last, count) {
  const frame = box.querySelector(".win");
  const step = 1000 / count;
  frame.setAttribute("x", (first * step).toFixed(1));
  frame.setAttribute("width", Math.max(3, (last + 1 - first) * step).toFixed(1));
}

function redraw() {
  const box = strip();
  if (!box) return;
  const seqs = seqsOf(box);
  const step = 1000 / seqs.length;
  const bars = new Set(hits.map((seq) => barOf(seqs, seq)));
  const width = Math.max(3, step * 0.8);
  const path = [...bars].map((bar) => `M${(bar * step).toFixed(1)} 0h${width.toFixed(1)}v4h-${width.toFixed(1)}z`);
  box.querySelector(".hit").setAttribute("d", path.join(""));
}

// Shows which messages have hits.
export function drawHits(places) {
  hits = places;
  redraw();
}

// The head was written anew.
export function refreshStrip() {
  redraw();
  frameStrip();
}

function barUnder(event) {
  const { left, width } = dragging.box.getBoundingClientRect();
  const share = Math.min(0.9999, Math.max(0, (event.clientX - left) / width));
  return Math.floor(share * dragging.seqs.length);
}

document.addEventListener("pointerdown", (event) => {
  const box = event.target.closest?.("[data-strip]");
  if (!box || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  dragging = { box, seqs: seqsOf(box) };
  box.setPointerCapture(event.pointerId);
  moveFrame(box, barUnder(event), barUnder(event), dragging.seqs.length);
});

document.addEventListener("pointermove", (event) => {
  if (dragging) moveFrame(dragging.box, barUnder(event), barUnder(event), dragging.seqs.length);
});

document.addEventListener("pointerup", async (event) => {
  if (!dragging) return;
  const seq = dragging.seqs[barUnder(event)];
  dragging = undefined;
  await goToPlace(seq);
  frameStrip();
});

document.addEventListener("pointercancel", () => {
  dragging = undefined;
  frameStrip();
});

// The pointer has done it; without a script the link does.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-strip] a") && !event.ctrlKey && !event.metaKey && !event.shiftKey) event.preventDefault();
});
