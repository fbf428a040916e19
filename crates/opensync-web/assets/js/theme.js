// The theme: system, light, dark. The choice is a cookie, so that the server sends the right page at
// once.
const order = ["system", "light", "dark"];

export function setTheme(theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  const age = theme === "system" ? 0 : 31536000;
  document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax`;
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.title = `Theme: ${theme}`;
    button.setAttribute("aria-label", `Theme: ${theme}. Switch theme`);
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  const now = document.documentElement.dataset.theme ?? "system";
  setTheme(order[(order.indexOf(now) + 1) % order.length]);
});
