import {
  LIST, PAGE, SESSIONS, TOOLS, chips, conversation, countOf, expect, expectNoSidewaysScroll, expected,
  filters, head, heading, link, openMenu, option, row, rows, searchField, table, test, times, titles,
} from "./support.js";

const newest = expected("x-arch").title;
const oldest = expected("c-plain").title;

const descending = (numbers) => numbers.every((number, index) => index === 0 || numbers[index - 1] >= number);
const ascending = (numbers) => descending([...numbers].reverse());

async function scrollToEnd(page, count) {
  await expect(async () => {
    await rows(page).last().scrollIntoViewIfNeeded();
    await page.mouse.wheel(0, 2000);
    expect(await rows(page).count()).toBe(count);
  }).toPass({ timeout: 10_000 });
}

test.describe("the list", () => {
  test("shows every session of the fixtures once, newest first", async ({ page }) => {
    await page.goto(LIST);
    await expect(page).toHaveTitle(/Sessions/);
    await expect(heading(page, "Sessions")).toBeVisible();
    await expect(rows(page).first()).toContainText(newest);
    await scrollToEnd(page, SESSIONS.length);
    expect((await titles(page)).sort()).toEqual(SESSIONS.map((session) => session.title).sort());
    expect(descending(await times(page))).toBe(true);
    await expect(rows(page).last()).toContainText(oldest);
  });

  test("a row says source, model, messages, tokens and age", async ({ page }) => {
    await page.goto(`${LIST}?source=claude-code`);
    const { title, model, projectPath, messageCount } = expected("c-named");
    const named = row(page, title);
    await expect(named).toContainText("Claude Code");
    await expect(named).toContainText(projectPath.split("/").at(-1));
    await expect(named).toContainText(model);
    await expect(named).toContainText(String(messageCount));
    await expect(named).toContainText("29.8K");
    await expect(named.locator("time")).toHaveAttribute("title", /2026/);
  });

  test("the first answer holds one page, the next comes by scrolling, without gap or repeat", async ({ page, archiveOf, request }) => {
    const now = Date.now();
    const all = Array.from({ length: 2 * PAGE + 10 }, (_, index) => ({
      title: `Session number ${index + 1} of many`,
      at: new Date(now - (index + 1) * 3_600_000),
    }));
    const url = await archiveOf(all);
    const html = await (await request.get(url + LIST)).text();
    expect(html).toContain(`Session number ${PAGE} of many`);
    expect(html).not.toContain(`Session number ${PAGE + 1} of many`);

    await page.goto(url + LIST);
    await scrollToEnd(page, all.length);
    expect(await titles(page)).toEqual(all.map((session) => session.title));
    await expect(page.getByText(`All ${all.length} shown`)).toBeVisible();
  });

  test("the heading counts what is shown, not what is loaded", async ({ page }) => {
    await page.goto(LIST);
    await expect(page.getByRole("main")).toContainText(new RegExp(`\\b${SESSIONS.length} sessions`));
  });
});

test.describe("filters", () => {
  test("source: only tools with sessions are offered, and the count is what the filter shows @desktop", async ({ page }) => {
    await page.goto(LIST);
    const menu = await openMenu(page, "Source");
    await expect(menu.getByRole("checkbox")).toHaveCount(2);
    await expect(option(menu, "Claude Code")).toHaveAccessibleName(`Claude Code ${countOf("claude-code")}`);
    await expect(option(menu, "Codex CLI")).toHaveAccessibleName(`Codex CLI ${countOf("codex-cli")}`);

    await option(menu, "Claude Code").check();
    await expect(rows(page)).toHaveCount(countOf("claude-code"));
    await expect(page).toHaveURL(/source=claude-code/);
    await expect(rows(page).filter({ hasText: "Codex CLI" })).toHaveCount(0);

    await option(await openMenu(page, "Source"), "Codex CLI").check();
    await expect(page).toHaveURL(/source=claude-code(,|%2C|&source=)codex-cli/);
    await expect(rows(page).first()).toContainText(newest);
  });

  test("a filter becomes a chip; removing it gives the list back @desktop", async ({ page }) => {
    await page.goto(LIST);
    await expect(chips(page)).toHaveCount(0);
    await option(await openMenu(page, "Source"), "Claude Code").check();
    await expect(chips(page)).toHaveText([/Source\s+Claude Code/]);
    await page.getByRole("link", { name: "Remove filter Source Claude Code" }).click();
    await expect(chips(page)).toHaveCount(0);
    await expect(page).not.toHaveURL(/source=/);
    await expect(rows(page).first()).toContainText(newest);
  });

  test("filters combine, and all of them can be cleared at once @desktop", async ({ page }) => {
    await page.goto(`${LIST}?source=codex-cli&q=alt`);
    await expect(rows(page)).toHaveCount(4);
    await expect(chips(page)).toHaveCount(2);
    await option(await openMenu(page, "Project"), "atlas-site").check();
    await expect(chips(page)).toHaveCount(3);
    await expect(rows(page)).toHaveCount(4);
    await page.getByRole("main").getByRole("link", { name: "Clear all" }).last().click();
    await expect(chips(page)).toHaveCount(0);
    await expect(rows(page).first()).toContainText(newest);
  });

  test("words begin words of titles and messages, and the list follows while typing", async ({ page }) => {
    await page.goto(LIST);
    await searchField(page).pressSequentially("disc test");
    await expect(rows(page)).toHaveCount(11);
    await expect(rows(page).filter({ hasText: "The discount test fails" })).toHaveCount(2);
    await expect(rows(page).locator(".snippet mark").first()).toHaveText(/^(disc|test)/i);
    await expect(page).toHaveURL(/q=disc/);
    await expect(searchField(page)).toBeFocused();
    await expect(searchField(page)).toHaveValue("disc test");
  });

  test("titles in other scripts are found", async ({ page }) => {
    await page.goto(`${LIST}?q=${encodeURIComponent("überblick")}`);
    await expect(rows(page)).toHaveCount(2);
    await page.goto(`${LIST}?q=README`);
    await expect(rows(page)).toHaveCount(5);
  });

  test("a row that is found leads to the message, with the words marked @desktop", async ({ page }) => {
    await page.goto(`${LIST}?q=discount`);
    const row = rows(page).filter({ has: page.locator(".snippet mark") }).last();
    await expect(row).toBeVisible();
    const said = await row.locator(".snippet mark").allTextContents();
    await row.locator(".title").click();
    await expect(page).toHaveURL(/[?&]m=/);
    const mark = page.locator("#panel mark").first();
    await expect(mark).toBeInViewport();
    expect(said).toContain(await mark.textContent());
  });

  test("the best match comes first by relevance", async ({ page }) => {
    await page.goto(`${LIST}?q=discount+test&sort=relevance`);
    await expect(rows(page).first().locator(".title")).toContainText("The discount test fails");
    await expect(rows(page).first().locator(".title mark")).toHaveText(["discount", "test"]);
  });

  test("no match names the filters and offers the way back", async ({ page }) => {
    await page.goto(`${LIST}?source=claude-code&q=zzzz`);
    const main = page.getByRole("main");
    await expect(main.getByRole("heading", { name: /No sessions match/ })).toBeVisible();
    await expect(main).toContainText("zzzz");
    await expect(main).toContainText("Claude Code");
    await main.getByRole("link", { name: /Clear all/ }).last().click();
    await expect(rows(page).first()).toContainText(newest);
  });

  test("date presets and a range select by the day a session began @desktop", async ({ page, archiveOf }) => {
    const now = new Date();
    const day = 86_400_000;
    const ago = (days) => new Date(now.getTime() - days * day);
    const url = await archiveOf([
      { title: "Begun just now", at: now },
      { title: "Begun three days ago", at: ago(3) },
      { title: "Begun twenty days ago", at: ago(20) },
      { title: "Begun a hundred days ago", at: ago(100) },
    ]);
    await page.goto(url + LIST);
    await expect(rows(page)).toHaveCount(4);
    const preset = (name) => filters(page).getByRole("link", { name, exact: true });
    for (const [name, count, chip] of [
      ["Today", 1, /today/i],
      ["Last 7 days", 2, /last 7 days/i],
      ["Last 30 days", 3, /last 30 days/i],
    ]) {
      await preset(name).click();
      await expect(rows(page), name).toHaveCount(count);
      await expect(preset(name)).toHaveAttribute("aria-current", "true");
      await expect(chips(page)).toHaveText([chip]);
    }
    await preset("All time").click();
    await expect(rows(page)).toHaveCount(4);
    await expect(chips(page)).toHaveCount(0);

    const custom = await openMenu(page, "Custom");
    await custom.getByLabel("From").fill(ago(25).toISOString().slice(0, 10));
    await custom.getByLabel("To").fill(ago(3).toISOString().slice(0, 10));
    await custom.getByRole("button", { name: "Apply range" }).click();
    await expect(page).toHaveURL(/from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d/);
    expect(await titles(page)).toEqual(["Begun three days ago", "Begun twenty days ago"]);
  });

  test("open as a sheet and filter @phone", async ({ page }) => {
    await page.goto(LIST);
    await page.getByRole("link", { name: /^Filters/ }).click();
    await expect(page.getByRole("heading", { name: "Filters" })).toBeVisible();
    await option(await openMenu(page, "Source"), "Claude Code").check();
    await filters(page).getByRole("link", { name: /^Show/ }).click();
    await expect(rows(page)).toHaveCount(countOf("claude-code"));
    await expect(page.getByRole("heading", { name: "Filters" })).toBeHidden();
  });
});

test.describe("sorting @desktop", () => {
  const value = (text) => {
    const match = text.replace(/,/g, "").match(/(<?)\$?([\d.]+)\s*([KMB]?)/);
    if (!match) return null;
    const scale = { "": 1, K: 1e3, M: 1e6, B: 1e9 }[match[3]];
    return (Number(match[2]) * scale) / (match[1] ? 2 : 1);
  };

  async function column(page, name) {
    const index = await head(page, name).evaluate((cell) => [...cell.parentElement.children].indexOf(cell));
    const texts = await rows(page).evaluateAll((all, at) => all.map((one) => one.children[at].textContent), index);
    return texts.map(value).filter((number) => number !== null);
  }

  for (const [name, first, last] of [
    ["Messages", "c-fork", "c-slash"],
    ["Tokens", "c-tools", null],
    ["Cost", null, null],
  ]) {
    test(`by ${name}: the first click is descending, the second ascending`, async ({ page }) => {
      await page.goto(LIST);
      await expect(head(page, "Date")).toHaveAttribute("aria-sort", "descending");
      await head(page, name).getByRole("link").click();
      await expect(head(page, name)).toHaveAttribute("aria-sort", "descending");
      await expect(head(page, "Date")).not.toHaveAttribute("aria-sort");
      await expect(page).toHaveURL(new RegExp(`sort=${name.toLowerCase()}`));
      if (first) await expect(rows(page).first()).toContainText(expected(first).title);
      expect(descending(await column(page, name)), await column(page, name)).toBe(true);

      await head(page, name).getByRole("link").click();
      await expect(head(page, name)).toHaveAttribute("aria-sort", "ascending");
      await expect(page).toHaveURL(/order=asc/);
      if (last) await expect(rows(page).first()).toContainText(expected(last).title);
      expect(ascending(await column(page, name)), await column(page, name)).toBe(true);
    });
  }

  test("by Date goes over everything, not over the loaded rows", async ({ page }) => {
    await page.goto(LIST);
    await head(page, "Date").getByRole("link").click();
    await expect(head(page, "Date")).toHaveAttribute("aria-sort", "ascending");
    await expect(rows(page).first()).toContainText(oldest);
    expect(ascending(await times(page))).toBe(true);
  });

  test("keeps the filters", async ({ page }) => {
    await page.goto(`${LIST}?source=claude-code`);
    await head(page, "Messages").getByRole("link").click();
    await expect(page).toHaveURL(/source=claude-code/);
    await expect(rows(page)).toHaveCount(countOf("claude-code"));
  });
});

test.describe("opening a session", () => {
  test("keeps the list: Back restores filters and scroll position", async ({ page }) => {
    await page.goto(`${LIST}?source=codex-cli`);
    const { title } = expected("y-uni");
    const opened = row(page, title);
    await opened.scrollIntoViewIfNeeded();
    const before = await opened.boundingBox();
    await link(page, title).click();
    await expect(conversation(page)).toBeVisible();
    await expect(heading(page, title)).toBeVisible();
    await expect(page).toHaveURL(/\/sessions\/[0-9a-v]+\?source=codex-cli$/);

    await page.goBack();
    await expect(conversation(page)).toBeHidden();
    await expect(page).toHaveURL(/source=codex-cli$/);
    await expect(rows(page)).toHaveCount(countOf("codex-cli"));
    await expect(chips(page)).toHaveCount(1);
    await expect(async () => {
      const after = await opened.boundingBox();
      expect(Math.abs(after.y - before.y)).toBeLessThan(3);
    }).toPass({ timeout: 3_000 });
  });

  test("its address opens the panel directly, after a reload too", async ({ page }) => {
    await page.goto(LIST);
    await link(page, newest).click();
    await expect(heading(page, newest)).toBeVisible();
    await page.goto("about:blank");
    await page.goBack();
    await expect(heading(page, newest)).toBeVisible();
    await page.reload();
    await expect(heading(page, newest)).toBeVisible();
  });

  test("the next session opens from the list beside it @desktop", async ({ page }) => {
    await page.goto(`${LIST}?source=claude-code`);
    await link(page, expected("c-named").title).click();
    const beside = page.getByRole("navigation", { name: "Session list" });
    await beside.getByRole("link", { name: expected("c-image").title }).click();
    await expect(heading(page, expected("c-image").title)).toBeVisible();
    await expect(beside.getByRole("link", { name: expected("c-image").title })).toHaveAttribute("aria-current", "page");
    await page.goBack();
    await expect(heading(page, expected("c-named").title)).toBeVisible();
  });
});

test.describe("keyboard @desktop", () => {
  // The cursor is the focus itself, so that a screen reader follows it.
  const cursor = (page) => rows(page).filter({ has: page.locator("a:focus") });

  test("j and k move, Enter opens, Esc closes", async ({ page }) => {
    await page.goto(LIST);
    const order = await titles(page);
    await page.keyboard.press("j");
    await expect(cursor(page)).toContainText(order[0]);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await expect(cursor(page)).toContainText(order[2]);
    await page.keyboard.press("k");
    await expect(cursor(page)).toHaveCount(1);
    await expect(cursor(page)).toContainText(order[1]);
    await page.keyboard.press("Enter");
    await expect(heading(page, order[1])).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(conversation(page)).toBeHidden();
    await expect(table(page)).toBeVisible();
  });

  test("/ goes to the search, where letters are letters", async ({ page }) => {
    await page.goto(LIST);
    await page.keyboard.press("/");
    await expect(searchField(page)).toBeFocused();
    await expect(searchField(page)).toHaveValue("");
    await page.keyboard.type("jk?");
    await expect(searchField(page)).toHaveValue("jk?");
    await expect(page.getByRole("dialog")).toBeHidden();
  });

  test("? lists the keys and Esc closes the list", async ({ page }) => {
    await page.goto(LIST);
    await page.keyboard.press("?");
    const sheet = page.getByRole("dialog", { name: /key/i });
    await expect(sheet).toBeVisible();
    for (const group of ["Everywhere", "In the list", "In a session"]) {
      await expect(sheet.getByRole("region", { name: group })).toBeVisible();
    }
    for (const key of ["/", "g s", "g v", "g ,", "j k", "Home End", "x", "n", "[ ]"]) {
      await expect(sheet.locator("dt").filter({ hasText: new RegExp(`^${key.replace(/[[\]/]/g, "\\$&").replaceAll(" ", "\\s*")}$`) }), key).toHaveCount(1);
    }
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
  });

  test("g leads to the pages", async ({ page }) => {
    for (const [key, name] of [[",", "Settings"], ["v", "Saved views"], ["s", "Sessions"]]) {
      await page.goto(key === "s" ? "/settings" : LIST);
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await expect(heading(page, name)).toBeVisible();
    }
  });

  test("keys are letters in a field, and nothing with a modifier", async ({ page }) => {
    await page.goto(LIST);
    await page.keyboard.press("/");
    await page.keyboard.type("gs");
    await expect(searchField(page)).toHaveValue("gs");
    await page.locator("h1").click();
    await page.keyboard.press("Alt+j");
    await page.keyboard.press("Control+j");
    await expect(cursor(page)).toHaveCount(0);
  });

  test("Esc closes an open menu before anything else", async ({ page }) => {
    await page.goto(LIST);
    const menu = await openMenu(page, "Source");
    await page.keyboard.press("Escape");
    await expect(menu).not.toHaveAttribute("open");
  });
});

test.describe("theme", () => {
  test("the switch changes it, and the server remembers it", async ({ page }) => {
    await page.goto(LIST);
    const root = page.locator("html");
    const paper = () => page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
    const light = await paper();
    await expect(async () => {
      await page.getByRole("button", { name: /theme/i }).click();
      await expect(root).toHaveAttribute("data-theme", "dark", { timeout: 500 });
    }).toPass();
    expect(await paper()).not.toBe(light);
    const answer = await page.reload();
    expect(await answer.text()).toMatch(/<html[^>]*data-theme="?dark/);
    await expect(root).toHaveAttribute("data-theme", "dark");
  });
});

test.describe("a session with sub-agents", () => {
  test("unfolds them below itself and folds them again", async ({ page }) => {
    const parent = expected("c-sub");
    await page.goto(`${LIST}?source=claude-code`);
    const before = await rows(page).count();
    const badge = row(page, parent.title).getByRole("link", { name: /^1 sub-agent/ });
    await badge.click();
    await expect(rows(page)).toHaveCount(before + 1);
    await expect(badge).toHaveAttribute("aria-expanded", "true");
    await expect(page).toHaveURL(`${LIST}?source=claude-code`);
    await badge.click();
    await expect(badge).toHaveAttribute("aria-expanded", "false");
    await expect(page.locator("#results .row[data-under]:visible")).toHaveCount(0);
    await badge.click();
    await expect(page.locator("#results .row[data-under]:visible")).toHaveCount(1);
  });
});

test.describe("an archive with nothing in it", () => {
  test("names each of the six tools and what to do", async ({ page, emptyArchive }) => {
    await page.goto(emptyArchive.url + LIST);
    for (const tool of TOOLS) {
      await expect(page.getByRole("main").getByRole("heading", { name: new RegExp(`^${tool}\\b`) })).toBeVisible();
    }
    await expect(table(page)).toHaveCount(0);
  });
});

test.describe("narrow windows @phone", () => {
  for (const width of [390, 320]) {
    test(`nothing scrolls sideways at ${width}`, async ({ page, emptyArchive }) => {
      await page.setViewportSize({ width, height: 844 });
      await page.goto(LIST);
      await expectNoSidewaysScroll(page);
      await page.goto(`${LIST}?source=claude-code,codex-cli&range=30d&q=zzzz`);
      await expectNoSidewaysScroll(page);
      await page.goto(`${LIST}?source=codex-cli`);
      await link(page, newest).click();
      await expect(heading(page, newest)).toBeVisible();
      await expectNoSidewaysScroll(page);
      await page.goto(`${new URL(page.url()).pathname}/ledger`);
      await expectNoSidewaysScroll(page);
      await page.goto("/settings");
      for (const tool of await page.locator("details.report > summary").all()) await tool.click();
      await expectNoSidewaysScroll(page);
      await page.goto(emptyArchive.url + LIST);
      await expectNoSidewaysScroll(page);
    });
  }
});
