// The theme switch: system, light, dark. The choice is a cookie, so that the server sends the right
// page at once.
const order = ["system", "light", "dark"];

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-switch]");
  if (!button) return;
  const root = document.documentElement;
  const theme = order[(order.indexOf(root.dataset.theme ?? "system") + 1) % order.length];
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  const age = theme === "system" ? 0 : 31536000;
  document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax`;
  button.title = `Theme: ${theme}`;
  button.setAttribute("aria-label", `Theme: ${theme}. Switch theme`);
});
