// Buttons that copy a text and say so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const live = document.getElementById("live");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
    if (live) live.textContent = "Copied";
  } catch {
    if (live) live.textContent = "The browser did not allow copying";
  }
});
