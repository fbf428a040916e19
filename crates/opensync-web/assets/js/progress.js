// New sessions while the list is open. At its top the list takes them in; further down, where that
// would move what somebody reads, a button offers them.
import { isPanelOpen } from "./panel.js";

const button = () => document.querySelector("[data-fresh]");
let seen;

function refresh() {
  const fresh = button();
  if (fresh) fresh.hidden = true;
  return htmx.ajax("GET", location.pathname + location.search, { target: "#results", swap: "outerMorph show:none" });
}

function arrived(sessions) {
  const results = document.querySelector("#list #results");
  if (!results) return;
  const atTop = window.scrollY < 120 && !isPanelOpen() && !new URLSearchParams(location.search).has("cursor");
  const more = sessions - Number(results.dataset.archive);
  if (atTop) {
    refresh();
  } else if (button()) {
    button().textContent = more > 0 ? `${more} new session${more === 1 ? "" : "s"}` : "New sessions";
    button().hidden = false;
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-fresh]")) return;
  window.scrollTo({ top: 0 });
  refresh();
});

// The server says that sessions came in: `HX-Trigger: {"sessions-changed":{"sessions":1130}}`.
document.addEventListener("sessions-changed", (event) => {
  const { sessions } = event.detail ?? {};
  if (sessions === undefined || sessions !== seen) arrived(sessions);
  seen = sessions;
});

// The last word of an import goes after a while.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id !== "import") return;
  const strip = document.querySelector("#import[data-done]");
  if (strip) setTimeout(() => strip.isConnected && (strip.hidden = true), 8000);
});
