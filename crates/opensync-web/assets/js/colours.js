// Code that arrived plain, because a page of colours would have taken too long, is coloured when it is seen.
let watched;

async function colour(block) {
  const { colours } = block.dataset;
  delete block.dataset.colours;
  const html = await fetch(colours, { headers: { "hx-request-type": "partial" } }).then((answer) => (answer.ok ? answer.text() : ""));
  if (!html || !block.isConnected) return;
  const selection = document.getSelection();
  // What is being selected stays as it is.
  if (!selection.isCollapsed && selection.containsNode(block, true)) return;
  htmx.swap({ sourceElement: block, target: block, swap: "outerHTML show:none", text: html });
}

// Looks after the blocks of a conversation.
export function watchColours(pane) {
  watched?.disconnect();
  watched = new IntersectionObserver(
    (seen) => {
      for (const { isIntersecting, target } of seen) {
        if (!isIntersecting) continue;
        watched.unobserve(target);
        colour(target).catch(() => {});
      }
    },
    { root: pane, rootMargin: "200px 0px" },
  );
  pane.querySelectorAll("[data-colours]").forEach((block) => watched.observe(block));
}
