// Tells assistive technology something that others see.
export function say(text) {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}
