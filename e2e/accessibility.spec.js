import AxeBuilder from "@axe-core/playwright";

import {
  LIST, conversation, expect, expected, goToSession, heading, link, openMenu, option, searchField, table, test,
} from "./support.js";

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
  "what sessions are exported as": async ({ page }) => {
    await page.goto(LIST);
    await page.getByRole("checkbox", { name: `Select ${expected("x-arch").title}` }).check();
    await page.getByRole("toolbar").getByRole("button", { name: /^Export/ }).click();
    await expect(page.getByRole("dialog")).toContainText("test case");
  },
  "the page of an export": async ({ page }) => {
    await page.goto("/sessions/export/new?all=1&format=html");
    await expect(heading(page, "Export")).toBeVisible();
  },
  "the page of evals": async ({ page }) => {
    await page.goto("/evals");
    await expect(heading(page, "Evals")).toBeVisible();
  },
  "the form of a title @desktop": async ({ page }) => {
    await goToSession(page, "x-tools");
    await page.keyboard.press("r");
    await expect(page.getByRole("textbox", { name: "Title" })).toBeFocused();
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
  "what is found in a session": async ({ page }) => {
    await goToSession(page, "c-tools");
    await page.goto(`${new URL(page.url()).pathname}?find=discount&hit=3`);
    await expect(page.getByText("3 of")).toBeVisible();
    await page.locator("summary[aria-label='What is open']").click();
  },
  "how a session is counted": async ({ page }) => {
    await goToSession(page, "c-fork");
    await page.goto(`${new URL(page.url()).pathname}/ledger`);
    await expect(heading(page, "How is this counted?")).toBeVisible();
  },
  "the review before a session becomes public": async ({ page }) => {
    await goToSession(page, "c-error");
    await page.goto(`${new URL(page.url()).pathname}/share`);
    await expect(heading(page, "Make this session public")).toBeVisible();
  },
  "the question before a session is deleted": async ({ page }) => {
    await goToSession(page, "c-error");
    await page.goto(`${new URL(page.url()).pathname}/delete`);
    await expect(page.getByRole("link", { name: "Keep session" })).toBeVisible();
  },
  "a link that shows nothing": async ({ page }) => {
    await page.goto("/s/nothing");
    await expect(heading(page, "This link shows nothing")).toBeVisible();
  },
  "saved views": async ({ page }) => {
    await page.goto("/views?deleted=Talks&query=project%3Dtalks");
    await expect(heading(page, "Saved views")).toBeVisible();
  },
  "the form that saves a view": async ({ page }) => {
    await page.goto(`${LIST}?source=claude-code`);
    await page.locator("#menu-save > summary").click();
    await expect(page.getByRole("textbox", { name: "Name of the view" })).toBeVisible();
  },
  "the palette": async ({ page }) => {
    await page.goto(LIST);
    await page.getByRole("link", { name: /^Search and commands/ }).click();
    await page.getByRole("combobox").fill("s");
    await expect(page.getByRole("option").first()).toBeVisible();
  },
  "the palette as a page": async ({ page }) => {
    await page.goto("/palette?q=s");
    await expect(heading(page, "Search and commands")).toBeVisible();
  },
  settings: async ({ page }) => {
    await page.goto("/settings");
    await expect(heading(page, "Settings")).toBeVisible();
    for (const tool of await page.locator("details.report > summary").all()) await tool.click();
  },
  "the page about the API": async ({ page }) => {
    await page.goto("/api/docs");
    await expect(heading(page, "API")).toBeVisible();
    for (const operation of await page.locator("details.report > summary").all()) await operation.click();
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

test.describe("the tree that assistive technology reads", () => {
  for (const colorScheme of ["light", "dark"]) {
    test(`says what the list is and what its rows hold, ${colorScheme}`, async ({ browser, archive }) => {
      const context = await browser.newContext({ colorScheme, baseURL: archive.url });
      const page = await context.newPage();
      await page.goto(`${LIST}?source=claude-code`);
      for (const [role, name] of [["banner", ""], ["navigation", "Main"], ["main", ""], ["search", "Filter sessions"]]) {
        await expect(page.getByRole(role, name ? { name, exact: true } : {}).first()).toBeVisible();
      }
      await expect(searchField(page)).toHaveAccessibleName("Search sessions");
      await expect(searchField(page)).toHaveAccessibleDescription(/beginnings of words.*cost:>1/);
      await expect(table(page)).toHaveAccessibleName("Sessions");
      const { title } = expected("c-named");
      const tree = await table(page).ariaSnapshot();
      const line = tree.split("\n").find((text) => text.includes("- row ") && text.includes(title));
      for (const part of [title, "Claude Code", "29.8K", "$"]) expect(line, line).toContain(part);
      expect(line).toMatch(/ago|\d{1,2} [A-Z][a-z]{2}/);
      await context.close();
    });
  }

  test("the number of sessions is said after a filter changed it @desktop", async ({ page }) => {
    await page.goto(LIST);
    await expect(page.locator("#live")).toHaveText("");
    await expect(page.locator("#live")).toHaveAttribute("role", "status");
    await option(await openMenu(page, "Source"), "Claude Code").check();
    await expect(page.locator("#live")).toHaveText(/^\d+ of \d+ sessions/);
  });
});

test.describe("the list is one stop of the Tab key @desktop", () => {
  test("and keeps the row that was left", async ({ page }) => {
    await page.goto(`${LIST}?source=claude-code`);
    const stops = () => page.locator("#results .row .title:not([tabindex='-1'])");
    await expect(stops()).toHaveCount(1);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await expect(stops()).toHaveCount(1);
    await expect(stops()).toBeFocused();
    const third = await stops().textContent();
    await page.keyboard.press("End");
    await expect(page.locator("#results .row").last().locator(".title")).toBeFocused();
    await page.keyboard.press("Home");
    await expect(page.locator("#results .row").first().locator(".title")).toBeFocused();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    // The box that selects the row stands before its title.
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await expect(page.locator("#results .row :focus")).toHaveCount(0);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await expect(stops()).toHaveText(third);
    await expect(stops()).toBeFocused();
  });
});

test.describe("with reduced motion", () => {
  test("nothing moves by itself", async ({ page }) => {
    await page.goto(LIST);
    await page.getByRole("link", { name: /^Search and commands/ }).click();
    await expect(page.getByRole("option").first()).toBeVisible();
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await page.keyboard.press("Escape");
    await page.goto(`${LIST}#filters`);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    const moving = await page.evaluate(() =>
      [...document.querySelectorAll("*")].filter((element) => {
        const { animationName, transitionDuration } = getComputedStyle(element);
        return animationName !== "none" || transitionDuration.split(", ").some((time) => parseFloat(time) > 0);
      }).length,
    );
    expect(moving).toBe(0);
  });
});
