// The scripts of pages behind public links: a theme, copying, parts that were cut. Nothing that
// reaches into the archive.
import "./theme.js";
import "./copy.js";
import "./menus.js";

document.addEventListener("click", async (event) => {
  const stamp = event.target.closest?.(".stamp");
  const message = stamp && document.getElementById(decodeURIComponent(stamp.hash.slice(1)));
  if (message && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    history.replaceState(history.state, "", stamp.href);
    document.querySelectorAll(".target").forEach((old) => old.classList.remove("target"));
    message.classList.add("target");
  }
  const button = event.target.closest?.("[data-copy-block]");
  if (!button) return;
  const text = (button.closest(".block, .body") ?? button.parentElement).querySelector("pre")?.textContent ?? "";
  const live = document.getElementById("live");
  try {
    await navigator.clipboard.writeText(text);
    live.textContent = "Copied";
  } catch {
    live.textContent = "The browser did not allow copying";
  }
});
