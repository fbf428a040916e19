// Small screens: everything fits, everything can be hit, and sheets are dialogs.

import {
  LIST, chips, conversation, expect, expectNoSidewaysScroll, expected, filters, goToSession, heading, link, openMenu, option,
  ownPage, rows, table, test,
} from "./support.js";

test.describe("at 390 pixels @phone", () => {
  /** Controls that cannot be hit 20 pixels from their middle, above or below it. */
  const tooSmall = (page, within) =>
    page.evaluate((selector) => {
      const least = 40;
      const small = [];
      const ground = document.querySelector(selector);
      for (const control of ground.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, label.opt")) {
        if (!control.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        if (control.closest("[inert], .vh, .skip, p, dd, .prose") || control.closest("label.opt") !== (control.matches("label") ? control : null)) continue;
        control.scrollIntoView({ block: "center", inline: "center" });
        const box = control.getBoundingClientRect();
        if (box.width === 0 || box.height === 0) continue;
        const x = box.x + box.width / 2;
        const middle = box.y + box.height / 2;
        // A title is pressed anywhere in its row.
        const around = [control.closest(".title") ? control.closest(".row") : control, ...(control.labels ?? [])];
        const hit = (y) => around.some((one) => one.contains(document.elementFromPoint(x, y)));
        const tall = box.height >= least - 0.5 || (hit(middle - least / 2 + 1) && hit(middle + least / 2 - 1));
        if (!tall) small.push(`${Math.round(box.width)}x${Math.round(box.height)} ${control.outerHTML.slice(0, 120)}`);
      }
      return small;
    }, within ?? "body");

  const PAGES = {
    "the list": async (page) => page.goto(LIST),
    "the list with filters": async (page) => page.goto(`${LIST}?q=test+-draft&source=claude-code,codex-cli&range=30d`),
    "no match": async (page) => page.goto(`${LIST}?q=zzzz&source=codex-cli&public=1&min_cost=1`),
    "the sheet of filters": async (page) => {
      await page.goto(LIST);
      await page.getByRole("link", { name: /^Filters/ }).click();
      await openMenu(page, "More");
      return "#sheet";
    },
    "the menu of views": async (page) => {
      await page.goto(LIST);
      await page.locator("#menu-views > summary").click();
      return "#menu-views";
    },
    "the form that saves a view": async (page) => {
      await page.goto(`${LIST}?source=codex-cli`);
      await page.locator("#menu-save > summary").click();
      return "#menu-save";
    },
    "the saved views": async (page) => page.goto("/views?deleted=Talks&query=project%3Dtalks"),
    "the palette": async (page) => {
      await page.goto(LIST);
      await page.getByRole("link", { name: /^Search and commands/ }).click();
      await expect(page.getByRole("option").first()).toBeVisible();
      return "#palette";
    },
    "the palette as a page": async (page) => page.goto("/palette?q=a"),
    "a session": async (page) => goToSession(page, "c-tools"),
    // The fork and what it repeats have the same title; the longer one has a strip to jump with.
    "a session with a strip": async (page) => {
      await page.goto(`${LIST}?source=claude-code&sort=messages`);
      await page.goto(ownPage(await link(page, expected("c-fork").title).getAttribute("href")));
      await expect(page.locator("[data-strip]")).toBeVisible();
    },
    "an empty archive": async (page, emptyArchive) => page.goto(emptyArchive.url + LIST),
    settings: async (page) => page.goto("/settings"),
    "the page about the API": async (page) => page.goto("/api/docs"),
  };

  for (const [name, open] of Object.entries(PAGES)) {
    test(`${name} fits, and its controls can be hit`, async ({ page, emptyArchive }) => {
      const within = await open(page, emptyArchive);
      await expect(page.getByRole("heading", { level: 1 }).or(page.getByRole("dialog")).first()).toBeVisible();
      await expectNoSidewaysScroll(page);
      expect(await tooSmall(page, typeof within === "string" ? within : null)).toEqual([]);
    });
  }

  test("the sheet of filters is a dialog, and what lies below it takes no focus", async ({ page }) => {
    await page.goto(LIST);
    const opener = page.getByRole("link", { name: /^Filters/ });
    await opener.click();
    const sheet = page.getByRole("dialog", { name: "Filters" });
    await expect(sheet).toBeVisible();
    await expect(sheet.getByRole("link", { name: "Close filters" })).toBeFocused();
    expect(await table(page).evaluate((element) => Boolean(element.closest("[inert]")))).toBe(true);
    await option(await openMenu(page, "Source"), "Claude Code").check();
    await expect(filters(page).getByRole("link", { name: /^Show/ })).toBeVisible();
    await expect(page).toHaveURL(/source=claude-code/);
    await expect(sheet).toBeVisible();
    expect(await table(page).evaluate((element) => Boolean(element.closest("[inert]")))).toBe(true);
    // The menu in it is on top of it.
    await page.keyboard.press("Escape");
    await expect(sheet).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(sheet).toBeHidden();
    await expect(opener).toBeFocused();
    await expect(page.locator("[inert]")).toHaveCount(0);
    await expect(chips(page)).toHaveCount(1);
  });

  test("a session covers the list, and its back button leads there", async ({ page }) => {
    await page.goto(`${LIST}?source=claude-code`);
    await rows(page).nth(8).scrollIntoViewIfNeeded();
    const { title } = expected("c-named");
    await link(page, title).click();
    await expect(heading(page, title)).toBeVisible();
    const box = await conversation(page).boundingBox();
    expect(box.width).toBe(390);
    await page.getByRole("link", { name: "Back to sessions" }).click();
    await expect(conversation(page)).toBeHidden();
    await expect(link(page, title)).toBeFocused();
  });
});
