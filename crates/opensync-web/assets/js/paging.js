// The next rows: how many are shown, and what to do when they do not come.
export function showStatus() {
  const status = document.querySelector("[data-shown]");
  if (!status || new URLSearchParams(location.search).has("cursor")) return;
  const shown = document.querySelectorAll("#results .row:not([data-under])").length;
  const format = new Intl.NumberFormat("en-US");
  const total = format.format(Number(status.dataset.total));
  status.textContent = document.getElementById("more") ? `Showing ${format.format(shown)} of ${total}` : `All ${total} shown`;
}

function showFailure(event) {
  const link = event.detail.ctx?.sourceElement;
  if (!link?.matches?.("[data-more]")) return;
  link.textContent = "Could not load more. Retry";
  const live = document.getElementById("live");
  if (live) live.textContent = "Could not load more sessions";
}

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id === "more") showStatus();
});
document.addEventListener("htmx:error", showFailure);
document.addEventListener("htmx:response:error", showFailure);
