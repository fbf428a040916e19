// Buttons that copy a text, or what an address answers, and say so.
const say = (text) => (document.getElementById("live").textContent = text);

function done(button) {
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1500);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    done(button);
    say("Copied");
  } catch {
    say("The browser did not allow copying");
  }
});

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.text();
}

// The link leads to a file; where a script may write to the clipboard, it is copied instead.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-copy-from]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !navigator.clipboard) return;
  event.preventDefault();
  if (link.hasAttribute("aria-busy")) return;
  link.setAttribute("aria-busy", "true");
  const toast = document.getElementById("toast");
  try {
    // The promise is handed over at once: some browsers allow writing only while a click is handled.
    const text = fetched(link.href);
    const blob = text.then((text) => new Blob([text], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    done(link);
    const lines = (await text).split("\n").length;
    toast.textContent = `Copied as Markdown, ${lines.toLocaleString("en")} lines`;
  } catch {
    toast.textContent = "The conversation could not be copied. Export it as Markdown instead.";
  } finally {
    link.removeAttribute("aria-busy");
    setTimeout(() => (toast.textContent = ""), 5_000);
  }
});
