import AxeBuilder from "@axe-core/playwright";

import { LIST, conversation, expect, expected, goToSession, heading, link, openMenu, test } from "./support.js";

/** Every page, and every state of one that looks different. A new page gets a line here. */
const PAGES = {
  "the list": async ({ page }) => {
    await page.goto(LIST);
    await expect(heading(page, "Sessions")).toBeVisible();
  },
  "the list with filters": async ({ page }) => {
    await page.goto(`${LIST}?source=claude-code&q=disc&range=all&sort=tokens`);
    await expect(heading(page, "Sessions")).toBeVisible();
  },
  "the list as a table": async ({ page }) => {
    await page.goto(`${LIST}?density=compact`);
    await expect(heading(page, "Sessions")).toBeVisible();
  },
  "a selection": async ({ page }) => {
    await page.goto(LIST);
    await page.getByRole("checkbox", { name: `Select ${expected("x-arch").title}` }).check();
    await expect(page.getByRole("toolbar")).toBeVisible();
  },
  "the question before sessions are deleted": async ({ page }) => {
    await page.goto(LIST);
    await page.getByRole("checkbox", { name: `Select ${expected("x-arch").title}` }).check();
    await page.getByRole("toolbar").getByRole("button", { name: /^Delete/ }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
  },
  "an open menu @desktop": async ({ page }) => {
    await page.goto(LIST);
    await openMenu(page, "Source");
  },
  "the sheet of filters @phone": async ({ page }) => {
    await page.goto(LIST);
    await page.getByRole("link", { name: /^Filters/ }).click();
    await expect(page.getByRole("heading", { name: "Filters" })).toBeVisible();
  },
  "no match": async ({ page }) => {
    await page.goto(`${LIST}?q=zzzz`);
    await expect(page.getByRole("heading", { name: /No sessions match/ })).toBeVisible();
  },
  "an open session": async ({ page }) => {
    await page.goto(`${LIST}?source=codex-cli`);
    await link(page, expected("x-tools").title).click();
    await expect(conversation(page)).toBeVisible();
  },
  "a session's own page": async ({ page }) => {
    await goToSession(page, "c-error");
  },
  "how a session is counted": async ({ page }) => {
    await goToSession(page, "c-fork");
    await page.goto(`${new URL(page.url()).pathname}/ledger`);
    await expect(heading(page, "How is this counted?")).toBeVisible();
  },
  settings: async ({ page }) => {
    await page.goto("/settings");
    await expect(heading(page, "Settings")).toBeVisible();
    for (const tool of await page.locator("details.report > summary").all()) await tool.click();
  },
  "a page that does not exist": async ({ page }) => {
    await page.goto("/sessions/no-such-session");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  },
  "the keys @desktop": async ({ page }) => {
    await page.goto(LIST);
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toBeVisible();
  },
  "an empty archive": async ({ page, emptyArchive }) => {
    await page.goto(emptyArchive.url + LIST);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  },
};

for (const colorScheme of ["light", "dark"]) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme });

    for (const [name, open] of Object.entries(PAGES)) {
      test(`axe has nothing serious to say about ${name}`, async ({ page, emptyArchive }) => {
        await open({ page, emptyArchive });
        const { violations } = await new AxeBuilder({ page }).analyze();
        const serious = violations
          .filter((violation) => ["serious", "critical"].includes(violation.impact))
          .map(({ id, help, nodes }) => ({
            id,
            help,
            where: nodes.slice(0, 5).map((node) => `${node.html.slice(0, 200)}  ${node.any[0]?.message ?? ""}`),
          }));
        expect(serious).toEqual([]);
      });
    }
  });
}

test.describe("with the keyboard alone @desktop", () => {
  test("the first Tab offers to skip to the content", async ({ page }) => {
    await page.goto(LIST);
    await page.keyboard.press("Tab");
    await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/#main$/);
  });

  test("focus is visible on every control that Tab reaches", async ({ page }) => {
    await page.goto(`${LIST}?source=claude-code`);
    for (let step = 0; step < 25; step += 1) {
      await page.keyboard.press("Tab");
      const bare = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === document.body) return null;
        const ring = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
        const shown = [getComputedStyle(element), getComputedStyle(element, "::after"), getComputedStyle(element, "::before")];
        const around = element.parentElement ? [getComputedStyle(element.parentElement)] : [];
        const row = element.closest("tr") ? [getComputedStyle(element.closest("tr"))] : [];
        return [...shown, ...around, ...row].some(ring) || shown[0].boxShadow !== "none" ? null : element.outerHTML.slice(0, 200);
      });
      expect(bare).toBeNull();
    }
  });
});
