// Keeps "18m ago" true while a page stays open. Older moments are dates and do not change. The limits
// are those of `format::ago`.
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

function ago(passed) {
  if (passed < minute) return "just now";
  if (passed < hour) return `${Math.floor(passed / minute)}m ago`;
  if (passed < day) return `${Math.floor(passed / hour)}h ago`;
  return passed < 8 * day ? `${Math.floor(passed / day)}d ago` : null;
}

setInterval(() => {
  for (const time of document.querySelectorAll("time[data-at]")) {
    const text = ago(Date.now() - Number(time.dataset.at));
    if (text && text !== time.textContent) time.textContent = text;
  }
}, minute);

// A session that went quiet is no longer live.
setInterval(() => {
  for (const badge of document.querySelectorAll("[data-live-until]")) {
    if (Date.now() > Number(badge.dataset.liveUntil)) badge.remove();
  }
}, minute / 6);
