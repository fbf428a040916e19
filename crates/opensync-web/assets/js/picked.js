// Which sessions are selected: some by their ids, or everything the filters match but for some. It
// outlives loading further rows and live changes; other filters end it.
const results = () => document.querySelector("#list #results");
const isShown = (box) => !box.closest(".row").hidden;

const chosen = {
  // The filters of the list it belongs to.
  list: undefined,
  everything: false,
  // Ids and the figures of their rows.
  picked: new Map(),
  except: new Set(),
  // Where a range begins.
  anchor: undefined,
};

export const boxes = () => [...document.querySelectorAll("#list [data-pick]")];
// Sub-agents below their parents are no part of what the filters match.
export const isListed = (box) => isShown(box) && !box.closest(".row").dataset.under;
export const isPicked = (box) => (chosen.everything ? isListed(box) && !chosen.except.has(box.value) : chosen.picked.has(box.value));
export const isEverything = () => chosen.everything;
export const total = () => Number(results()?.querySelector("[data-shown]")?.dataset.total ?? 0);
export const countPicked = () => (chosen.everything ? total() - chosen.except.size : chosen.picked.size);
export const figures = () => [...chosen.picked.values()];

export function forget() {
  chosen.everything = false;
  chosen.picked.clear();
  chosen.except.clear();
  chosen.anchor = undefined;
}

export function pickEverything() {
  forget();
  chosen.everything = true;
}

// The selection belongs to these filters; in which order they are listed makes no difference.
export function belongTo(key) {
  const params = new URLSearchParams(key);
  ["sort", "order"].forEach((name) => params.delete(name));
  if (params.toString() !== chosen.list) forget();
  chosen.list = params.toString();
}

export function pick(box, on) {
  if (!chosen.everything) {
    if (on) chosen.picked.set(box.value, { ...box.dataset });
    else chosen.picked.delete(box.value);
  } else if (isListed(box)) {
    if (on) chosen.except.delete(box.value);
    else chosen.except.add(box.value);
  }
}

export function drop(ids) {
  ids.forEach((id) => {
    chosen.picked.delete(id);
    chosen.except.delete(id);
  });
}

// Picks a box, or with `isRange` all from the last one to it.
export function pickTo(box, on, isRange) {
  const all = boxes().filter(isShown);
  const ends = [all.findIndex((one) => one.value === chosen.anchor), all.indexOf(box)];
  if (isRange && !ends.includes(-1)) all.slice(Math.min(...ends), Math.max(...ends) + 1).forEach((one) => pick(one, on));
  else pick(box, on);
  chosen.anchor = box.value;
}

// What a form says besides the boxes that are ticked on the page.
export function pickedFields() {
  if (chosen.everything) return [["query", results().dataset.key], ...[...chosen.except].map((id) => ["except", id])];
  const here = new Set(boxes().map((box) => box.value));
  return [...chosen.picked.keys()].filter((id) => !here.has(id)).map((id) => ["id", id]);
}
