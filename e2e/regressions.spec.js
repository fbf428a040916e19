// What once went wrong in a browser for people who sync sessions, by number. The rest is in
// crates/opensync-web/tests/it/regressions.rs.

import { LIST, conversation, expect, expected, heading, link, openMenu, rows, test } from "./support.js";

const many = (count) =>
  Array.from({ length: count }, (_, index) => ({
    title: `Session number ${index + 1} of many`,
    at: new Date(Date.now() - (index + 1) * 3_600_000),
    output: Array.from({ length: 60 }, (_, line) => `line ${line}`).join("\n"),
  }));

test("R-17 on a phone the list and a session scroll, and the session covers the list @phone", async ({ page, archiveOf }) => {
  const sessions = many(20);
  await page.goto((await archiveOf(sessions)) + LIST);
  await rows(page).last().scrollIntoViewIfNeeded();
  await expect(rows(page).last()).toBeInViewport();
  const { title } = sessions.at(-1);
  await link(page, title).click();
  await expect(heading(page, title)).toBeVisible();
  await expect(rows(page).first()).not.toBeInViewport();
  const answer = conversation(page).getByText(`Done with ${title}.`);
  await answer.scrollIntoViewIfNeeded();
  await expect(answer).toBeInViewport();
  // A finger that reaches the end of the session does not move the list below it.
  const scroller = await answer.evaluate((element) => {
    for (let one = element; one; one = one.parentElement) {
      const { overflowY, overscrollBehaviorY } = getComputedStyle(one);
      if (["auto", "scroll"].includes(overflowY)) return { overscrollBehaviorY, height: one.clientHeight, room: window.innerHeight };
    }
    return null;
  });
  expect(scroller === null || (scroller.overscrollBehaviorY !== "auto" && scroller.height <= scroller.room)).toBe(true);
  await page.getByRole("link", { name: "Back to sessions" }).click();
  await expect(link(page, title)).toBeInViewport();
});

test("R-18 another session replaces the open one without a blank panel in between @desktop", async ({ page }) => {
  await page.goto(`${LIST}?source=claude-code`);
  await link(page, expected("c-named").title).click();
  await expect(heading(page, expected("c-named").title)).toBeVisible();
  await page.evaluate(() => {
    const panel = document.getElementById("panel");
    window.blanks = 0;
    window.swaps = 0;
    new MutationObserver(() => {
      window.swaps += 1;
      if (!panel.querySelector("h1")?.textContent.trim()) window.blanks += 1;
    }).observe(panel, { childList: true, subtree: true });
  });
  const beside = page.getByRole("navigation", { name: "Session list" });
  await beside.getByRole("link", { name: expected("c-image").title }).click();
  await expect(heading(page, expected("c-image").title)).toBeVisible();
  const { blanks, swaps } = await page.evaluate(() => ({ blanks: window.blanks, swaps: window.swaps }));
  expect(swaps).toBeGreaterThan(0);
  expect(blanks).toBe(0);
});

test("R-18 what helps to set up is not shown while an archive with sessions loads", async ({ page, emptyArchive }) => {
  await page.goto(emptyArchive.url + LIST);
  const help = "Nothing here yet";
  await expect(page.getByText(help)).toBeVisible();
  await page.goto(LIST);
  await expect(rows(page).first()).toBeVisible();
  // The first answer has the sessions: there is no moment without them.
  const first = await (await page.request.get(LIST)).text();
  expect(first).toContain(expected("c-named").title);
  expect(first).not.toContain(help);
});

test("R-23 menus are opened by keys, and close by Escape and by a click beside them @desktop", async ({ page }) => {
  await page.goto(LIST);
  const menu = await openMenu(page, "Source");
  await page.keyboard.press("Escape");
  await expect(menu).not.toHaveAttribute("open");
  const summary = menu.locator("summary");
  await expect(summary).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(menu).toHaveAttribute("open");
  await page.keyboard.press("Tab");
  expect(await menu.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  await page.locator("h1").first().click();
  await expect(menu).not.toHaveAttribute("open");
});

test("R-29 a deletion is asked about by the page, not by the browser", async ({ page, archiveOf }) => {
  let asked = 0;
  page.on("dialog", (dialog) => {
    asked += 1;
    return dialog.accept();
  });
  const [session] = many(1);
  const url = await archiveOf([session]);
  await page.goto(url + LIST);
  await link(page, session.title).click();
  await expect(heading(page, session.title)).toBeVisible();
  await page.goto(`${url}${new URL(page.url()).pathname}/delete`);
  await expect(page.getByRole("link", { name: "Keep session" })).toBeFocused();
  await page.getByRole("link", { name: "Keep session" }).click();
  await expect(heading(page, session.title)).toBeVisible();
  expect(asked).toBe(0);
});
