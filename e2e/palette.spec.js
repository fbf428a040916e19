// The palette: sessions, views, projects and commands by their words.

import { LIST, conversation, expect, expectNoSidewaysScroll, expected, heading, rows, table, test, titles } from "./support.js";

const palette = (page) => page.getByRole("dialog", { name: "Search and commands" });
const field = (page) => palette(page).getByRole("combobox");
const options = (page) => palette(page).getByRole("option");
const chosen = (page) => palette(page).getByRole("option", { selected: true });

async function open(page) {
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
}

test("opens by key and by its button, and closes again", async ({ page }) => {
  await page.goto(LIST);
  await open(page);
  await expect(field(page)).toHaveAttribute("aria-expanded", "true");
  await expect(options(page).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(palette(page)).toBeHidden();
  await page.getByRole("link", { name: /^Search and commands/ }).click();
  await expect(field(page)).toBeFocused();
  await expect(page).toHaveURL(/\/sessions$/);
  await page.keyboard.press("Control+k");
  await expect(palette(page)).toBeHidden();
});

test("arrows choose, the field tells which one, and the number is announced", async ({ page }) => {
  await page.goto(LIST);
  await open(page);
  await field(page).fill("go to");
  const commands = palette(page).getByRole("group", { name: "Commands" }).getByRole("option");
  await expect(commands).toHaveText([/Go to sessions/, /Go to saved views/, /Go to settings/]);
  const count = await options(page).count();
  await expect(palette(page).getByRole("status")).toHaveText(`${count} results`);
  const active = async () =>
    page.evaluate((id) => document.getElementById(id).textContent, await field(page).getAttribute("aria-activedescendant"));
  expect(await active()).toContain("Go to sessions");
  await page.keyboard.press("ArrowUp");
  expect(await active()).toBe(await options(page).last().textContent());
  await page.keyboard.press("ArrowDown");
  await expect(chosen(page)).toHaveText(/Go to sessions/);
  await expect(commands.first().locator("mark")).toHaveText(["Go", "to"]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  expect(await active()).toContain("Go to settings");
  await page.keyboard.press("Enter");
  await expect(heading(page, "Settings")).toBeVisible();
});

test("opens a session over the list, which stays as it was", async ({ page }) => {
  await page.goto(`${LIST}?source=claude-code`);
  await table(page).evaluate((element) => (window.before = element));
  const { title } = expected("c-named");
  await open(page);
  await field(page).fill(title);
  await page.keyboard.press("Enter");
  await expect(heading(page, title)).toBeVisible();
  await expect(page).toHaveURL(/\/sessions\/[0-9a-z]+\?source=claude-code$/);
  await page.goBack();
  await expect(conversation(page)).toBeHidden();
  expect(await table(page).evaluate((element) => element === window.before)).toBe(true);
});

test("commands work on the list that is open", async ({ page }) => {
  await page.goto(`${LIST}?source=claude-code`);
  await open(page);
  await field(page).fill("sort messages");
  await expect(options(page).first()).toHaveText(/Sort: most messages/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/source=claude-code&sort=messages/);
  await expect(rows(page).first()).toContainText(expected("c-fork").title);
  await open(page);
  await field(page).fill("theme dark");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await open(page);
  await field(page).fill("clear filters");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/sessions\?sort=messages$/);
  await open(page);
  await field(page).fill("show keys");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
});

test("a project is a filter, and everything that matches is one step away", async ({ page }) => {
  await page.goto(LIST);
  await open(page);
  await field(page).fill("atlas-site");
  await palette(page).getByRole("group", { name: "Projects" }).getByRole("option").first().click();
  await expect(page).toHaveURL(/\?project=atlas-site$/);
  await open(page);
  await field(page).fill("source:codex");
  await options(page).last().click();
  await expect(page).toHaveURL(/\?source=codex-cli$/);
});

test("the last text is answered, not one before it", async ({ page }) => {
  await page.goto(LIST);
  let let_go;
  const held = new Promise((done) => (let_go = done));
  await page.route(/\/palette\?q=s$/, async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  await open(page);
  await page.keyboard.type("s");
  await page.keyboard.type("ettings");
  await expect(options(page).first()).toHaveText(/Go to settings/);
  let_go();
  await page.keyboard.press("Enter");
  await expect(heading(page, "Settings")).toBeVisible();
});

test("imports without leaving the page", async ({ page, archiveOf }) => {
  const url = await archiveOf([{ title: "Only one", at: new Date() }]);
  await page.goto(url + LIST);
  await open(page);
  await field(page).fill("import");
  const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/import"));
  await page.keyboard.press("Enter");
  await sent;
  await expect(page.locator("#live")).toHaveText("Import started");
  await expect(page).toHaveURL(/\/sessions$/);
});

test("works from a field, not over another dialog", async ({ page }) => {
  await page.goto(LIST);
  await page.keyboard.press("/");
  await open(page);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await page.locator("h1").click();
  await page.keyboard.press("?");
  await page.keyboard.press("Control+k");
  await expect(palette(page)).toBeHidden();
});

test("fits a small screen @phone", async ({ page }) => {
  await page.goto(LIST);
  const all = await titles(page);
  await page.getByRole("link", { name: /^Search and commands/ }).click();
  await field(page).fill(all[0]);
  await expect(palette(page).getByRole("group", { name: "Sessions" }).getByRole("option").first()).toBeVisible();
  await expectNoSidewaysScroll(page);
  await palette(page).getByRole("button", { name: "Close" }).click();
  await expect(palette(page)).toBeHidden();
});
