// Filters with a name.

import { LIST, chips, expect, expected, heading, link, openMenu, option, rows, test } from "./support.js";

const views = (page) => page.locator("#menu-views");
const openViews = async (page) => {
  if ((await views(page).getAttribute("open")) === null) await views(page).locator("summary").click();
  return views(page);
};
const saved = (page, name) => views(page).getByRole("link", { name, exact: true });

async function save(page, name) {
  await page.getByText("Save view", { exact: true }).first().click();
  await expect(page.getByRole("textbox", { name: "Name of the view" })).toBeFocused();
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
}

const some = [{ title: "Fix the parser", at: new Date("2026-05-04T09:00:00Z") }, { title: "Write a manual", at: new Date("2026-05-05T09:00:00Z") }];

test("filters are saved, found again, marked, renamed, deleted and brought back", async ({ page, archiveOf }) => {
  const url = await archiveOf(some);
  await page.goto(url + LIST);
  await expect(page.getByText("Save view", { exact: true })).toHaveCount(0);
  await page.goto(`${url + LIST}?q=parser&sort=cost`);
  await save(page, "Parsers");
  await expect(views(page).locator("summary")).toHaveText(/Parsers/);
  await expect(page.locator("#live")).toHaveText("View saved");
  await expect(page.getByText("Save view", { exact: true })).toHaveCount(0);
  await expect(page).toHaveURL(/\?q=parser&sort=cost$/);

  await page.goto(url + LIST);
  await expect(rows(page)).toHaveCount(2);
  await openViews(page);
  await saved(page, "Parsers").click();
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/\?q=parser&sort=cost$/);
  await expect(views(page)).not.toHaveAttribute("open");
  await openViews(page);
  await expect(saved(page, "Parsers")).toHaveAttribute("aria-current", "true");

  await views(page).getByRole("link", { name: "Edit" }).click();
  await expect(heading(page, "Saved views")).toBeVisible();
  const list = page.getByRole("list", { name: "Saved views" });
  await expect(list.getByRole("listitem")).toContainText(["Word parser"]);
  await list.locator("summary").click();
  await expect(page.getByRole("textbox", { name: "New name" })).toBeFocused();
  await page.keyboard.type("Grammars");
  await page.keyboard.press("Enter");
  await expect(list.getByRole("link", { name: "Grammars" })).toBeVisible();
  await list.getByRole("button", { name: "Delete Grammars" }).click();
  await expect(page.getByRole("heading", { name: "No saved views yet" })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await list.getByRole("link", { name: "Grammars" }).click();
  await expect(rows(page)).toHaveCount(1);
});

test("a name that is taken is asked about, and what was typed stays", async ({ page, archiveOf }) => {
  const url = await archiveOf(some);
  await page.goto(`${url + LIST}?q=parser`);
  await save(page, "Mine");
  await expect(views(page).locator("summary")).toHaveText(/Mine/);
  await page.goto(`${url + LIST}?q=manual`);
  await save(page, "Mine");
  const field = page.getByRole("textbox", { name: "Name of the view" });
  await expect(page.getByRole("alert").filter({ hasText: "There is a view of this name already" })).toBeVisible();
  await expect(field).toHaveValue("Mine");
  await expect(field).toBeFocused();
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("button", { name: "Replace it" }).click();
  await expect(views(page).locator("summary")).toHaveText(/Mine/);
  await page.goto(url + LIST);
  await openViews(page);
  await expect(saved(page, "Mine")).toHaveAttribute("href", /\?q=manual$/);
});

test.describe("every filter", () => {
  test("has a chip that removes it @desktop", async ({ page }) => {
    await page.goto(`${LIST}?q=fix+-draft&source=claude-code,codex-cli&public=1&min_cost=1&in=tools`);
    await expect(chips(page)).toHaveText([
      /Word\s+fix/, /Without\s+draft/, /Search\s+in tool calls too/, /Source\s+Claude Code/, /Source\s+Codex CLI/, /Only\s+public/, /Cost\s+at least \$1/,
    ]);
    await expect(page.getByRole("heading", { name: "No sessions match these six filters" })).toBeVisible();
    await page.getByRole("link", { name: "Remove filter Cost at least $1" }).click();
    await expect(chips(page)).toHaveCount(6);
    await expect(page).not.toHaveURL(/min_cost/);
  });

  test("is offered to be left out when nothing matches, with what would match then", async ({ page }) => {
    await page.goto(`${LIST}?q=zzzz&source=claude-code&public=1`);
    const choices = page.locator(".choices").getByRole("link");
    await expect(choices).toHaveText([/^Without “zzzz”\s+0$/, /^Any source\s+0$/, /^Not only public\s+0$/]);
  });

  test("of the menu of more filters applies @desktop", async ({ page }) => {
    await page.goto(LIST);
    const menu = await openMenu(page, "More");
    await menu.getByLabel("Messages, at least").fill("8");
    await menu.getByRole("button", { name: "Apply" }).click();
    await expect(page).toHaveURL(/min_messages=8/);
    await expect(chips(page)).toHaveText([/Messages\s+at least 8/]);
    await option(await openMenu(page, "More"), "Public").check();
    await expect(page).toHaveURL(/public=1/);
    await expect(page).toHaveURL(/min_messages=8/);
  });
});

test("an order by relevance is offered where there is a word to search for", async ({ page }) => {
  const sorts = page.locator("#menu-sort").getByRole("link", { includeHidden: true });
  await page.goto(LIST);
  await expect(sorts.filter({ hasText: "Best match" })).toHaveCount(0);
  await page.goto(`${LIST}?q=test`);
  await page.locator("#menu-sort > summary").click();
  await sorts.filter({ hasText: "Best match" }).click();
  await expect(page).toHaveURL(/q=test&sort=relevance$/);
  await expect(link(page, expected("c-named").title).or(rows(page).first()).first()).toBeVisible();
});
