// The last word of an import goes after a while.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id !== "import") return;
  const strip = document.querySelector("#import[data-done]");
  if (strip) setTimeout(() => strip.isConnected && (strip.hidden = true), 8000);
});
