// Says when the program does not answer. Answers with an error status bring their own text.
const quiet = "[data-more], #import, #bulk-doing";

// The program does not answer.
export function sayOffline() {
  const text = document.getElementById("offline")?.content.cloneNode(true);
  if (text) document.getElementById("problem")?.replaceChildren(text);
}

document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx?.sourceElement?.matches?.(quiet)) sayOffline();
});

// The next answer that works takes the message away.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.response?.status < 400 && !ctx.sourceElement?.matches?.("#import")) {
    document.getElementById("problem")?.replaceChildren();
  }
});
