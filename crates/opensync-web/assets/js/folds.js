// What is open in a conversation from the start. The choice is a cookie, so that the server sends pages and
// later messages right at once.
import { say } from "./say.js";

const flow = () => document.getElementById("flow");
const kinds = {
  tools: [".call, .group", "Tool calls"],
  thinking: [".fold.quiet", "Thinking"],
  system: [".from-system > .fold", "System messages"],
};

const read = (name) => document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]*)`))?.[1] ?? "";
const keep = (name, value) => (document.cookie = `${name}=${value}; path=/; max-age=${value ? 31536000 : 0}; samesite=lax`);

function set(kind, on) {
  const box = document.querySelector(`[data-open="${kind}"]`);
  if (box) box.checked = on;
  if (kind === "split") {
    keep("diff", on ? "split" : "");
    if (on) flow().dataset.diffs = "split";
    else delete flow().dataset.diffs;
    return;
  }
  const open = new Set(read("open").split(".").filter(Boolean));
  if (on) open.add(kind);
  else open.delete(kind);
  keep("open", [...open].join("."));
  const [folds, name] = kinds[kind];
  flow().querySelectorAll(folds).forEach((fold) => (fold.open = on));
  say(`${name} ${on ? "open" : "closed"}`);
}

// Opens all tool calls, or closes them when all are open.
export function toggleTools() {
  const folds = [...flow().querySelectorAll(kinds.tools[0])];
  set("tools", folds.length ? folds.some((fold) => !fold.open) : !read("open").includes("tools"));
}

document.addEventListener("change", (event) => {
  const kind = event.target.dataset?.open;
  if (kind && flow()) set(kind, event.target.checked);
});
