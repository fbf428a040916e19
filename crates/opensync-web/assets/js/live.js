// Live events: the server says which sessions are new or differ, and the open list and the open
// session take it in. Nothing is asked for while the page is hidden; a page that comes back, or whose
// connection broke, goes on where it was.
import { updateList } from "./live_list.js";
import { updateSession } from "./live_session.js";

const least = 250;
let stream;
let mark = document.body.dataset.mark;
let delay = 1000;
let ids = new Set();
let everything = false;
let waiting = false;
let busy = false;

async function flush() {
  waiting = false;
  if (busy) return wait();
  const change = { ids, everything };
  ids = new Set();
  everything = false;
  busy = true;
  try {
    await Promise.all([updateList(change), updateSession(change)]);
  } catch {
    // The server may be restarting: what was missed is asked for again once it answers.
    change.ids.forEach((id) => ids.add(id));
    everything ||= change.everything;
    setTimeout(wait, delay);
  } finally {
    busy = false;
  }
}

function wait() {
  if (waiting || (ids.size === 0 && !everything)) return;
  waiting = true;
  setTimeout(flush, busy ? least : 20);
}

function connect() {
  if (stream || document.hidden) return;
  stream = new EventSource(`/events?since=${encodeURIComponent(mark)}`);
  stream.onopen = () => (delay = 1000);
  stream.onerror = () => {
    // The browser tries again by itself unless the server refused.
    if (stream?.readyState !== EventSource.CLOSED) return;
    disconnect();
    setTimeout(connect, delay);
    delay = Math.min(2 * delay, 30_000);
  };
  stream.addEventListener("changed", (event) => {
    mark = event.lastEventId;
    const change = JSON.parse(event.data);
    everything ||= Boolean(change.everything);
    change.sessions?.forEach((id) => ids.add(id));
    wait();
  });
}

function disconnect() {
  stream?.close();
  stream = undefined;
}

document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
window.addEventListener("pagehide", disconnect);
window.addEventListener("pageshow", connect);
connect();
