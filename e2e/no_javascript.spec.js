import {
  LIST, PAGE, SESSIONS, chips, conversation, countOf, expect, expected, filters, head, heading, link, openMenu, option,
  rows, searchField, table, test, titles,
} from "./support.js";

test.use({ javaScriptEnabled: false });

const newest = expected("x-arch").title;
const oldest = expected("c-plain").title;

test("filters are a form @desktop", async ({ page }) => {
  await page.goto(LIST);
  await option(await openMenu(page, "Source"), "Claude Code").check();
  await filters(page).getByRole("button", { name: /^(Apply|Show)/ }).filter({ visible: true }).first().click();
  await expect(page).toHaveURL(/source=claude-code/);
  await expect(rows(page)).toHaveCount(countOf("claude-code"));
  await expect(chips(page)).toHaveText([/Source\s+Claude Code/]);
  await page.getByRole("link", { name: "Remove filter Source Claude Code" }).click();
  await expect(rows(page).first()).toContainText(newest);
});

test("the sheet of filters is a form @phone", async ({ page }) => {
  await page.goto(LIST);
  await page.getByRole("link", { name: /^Filters/ }).click();
  await option(await openMenu(page, "Source"), "Claude Code").check();
  await filters(page).getByRole("button", { name: "Apply filters" }).click();
  await expect(rows(page)).toHaveCount(countOf("claude-code"));
});

test("Enter in the search field searches", async ({ page }) => {
  await page.goto(`${LIST}?source=claude-code`);
  await searchField(page).fill("disc");
  await searchField(page).press("Enter");
  await expect(rows(page)).toHaveCount(4);
  await expect(rows(page).locator(".c-title mark").first()).toHaveText("discount");
  await expect(page).toHaveURL(/source=claude-code/);
});

test("date presets are links @desktop", async ({ page }) => {
  await page.goto(LIST);
  await filters(page).getByRole("link", { name: "Last 30 days", exact: true }).click();
  await expect(page).toHaveURL(/range=30d/);
});

test("heads are links that sort @desktop", async ({ page }) => {
  await page.goto(LIST);
  await head(page, "Messages").getByRole("link").click();
  await expect(head(page, "Messages")).toHaveAttribute("aria-sort", "descending");
  await expect(rows(page).first()).toContainText(expected("c-fork").title);
  await head(page, "Messages").getByRole("link").click();
  await expect(head(page, "Messages")).toHaveAttribute("aria-sort", "ascending");
});

test("the next page is a link, and nothing is missing or twice", async ({ page }) => {
  await page.goto(LIST);
  const first = await titles(page);
  expect(first).toHaveLength(PAGE);
  await page.getByRole("main").getByRole("link", { name: /^next/i }).click();
  await expect(page).toHaveURL(/cursor=/);
  await expect(rows(page)).toHaveCount(SESSIONS.length - PAGE);
  await expect(rows(page).last()).toContainText(oldest);
  const second = await titles(page);
  expect([...first, ...second].sort()).toEqual(SESSIONS.map((session) => session.title).sort());
});

test("a session opens, and its tool calls and long output with it", async ({ page, archiveOf }) => {
  const title = "Print two hundred lines";
  const output = Array.from({ length: 200 }, (_, index) => `this is line ${index + 1}.`).join("\n");
  const url = await archiveOf([{ title, at: new Date(), output }]);
  await page.goto(url + LIST);
  await link(page, title).click();
  await expect(heading(page, title)).toBeVisible();
  const bash = conversation(page).locator("details").filter({ has: page.locator("summary", { hasText: "Bash" }) }).last();
  await bash.locator("summary").first().click();
  await expect(page.getByText("this is line 1.")).toBeVisible();
  await bash.getByText("Show all 200 lines").click();
  await expect(page.getByText("this is line 200.")).toBeVisible();
});

test("a list is saved as a view, and the view is a link", async ({ page, archiveOf }) => {
  const url = await archiveOf([{ title: "Fix the parser", at: new Date() }, { title: "Write a manual", at: new Date() }]);
  await page.goto(`${url + LIST}?q=parser`);
  await page.locator("#menu-save > summary").click();
  await page.getByRole("textbox", { name: "Name of the view" }).fill("Parsers");
  await page.getByRole("button", { name: "Save view" }).click();
  await expect(page).toHaveURL(`${url + LIST}?q=parser`);
  await page.goto(url + LIST);
  await page.locator("#menu-views > summary").click();
  await page.locator("#menu-views").getByRole("link", { name: "Parsers" }).click();
  await expect(rows(page)).toHaveCount(1);
  await page.goto(`${url}/views`);
  await page.getByRole("button", { name: "Delete Parsers" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: "Parsers" })).toBeVisible();
});

test("the palette is a page with a form", async ({ page }) => {
  await page.goto(LIST);
  await page.getByRole("link", { name: /^Search and commands/ }).click();
  await expect(heading(page, "Search and commands")).toBeVisible();
  const search = page.getByRole("search").getByRole("searchbox");
  await search.fill("go settings");
  await search.press("Enter");
  await page.getByRole("link", { name: /Go to settings/ }).click();
  await expect(heading(page, "Settings")).toBeVisible();
});

test("numbers and more filters are fields of the form @desktop", async ({ page }) => {
  await page.goto(`${LIST}?source=claude-code`);
  const menu = await openMenu(page, "More");
  await menu.getByLabel("Messages, at least").fill("8");
  await menu.getByRole("button", { name: "Apply" }).click();
  await expect(page).toHaveURL(/source=claude-code&min_messages=8$/);
});

test("back from a session to the list", async ({ page }) => {
  await page.goto(`${LIST}?source=claude-code`);
  await link(page, expected("c-named").title).click();
  await expect(heading(page, expected("c-named").title)).toBeVisible();
  await page.goBack();
  await expect(table(page)).toBeVisible();
  await expect(rows(page)).toHaveCount(countOf("claude-code"));
});

test("ticked sessions are deleted by forms, after a question", async ({ page, archiveOf }) => {
  const day = (number) => new Date(Date.UTC(2026, 4, number));
  const url = await archiveOf([1, 2, 3].map((number) => ({ title: `Number ${number}`, at: day(number) })));
  await page.goto(`${url}${LIST}?source=claude-code`);
  for (const number of [1, 3]) await page.getByRole("checkbox", { name: `Select Number ${number}` }).check();
  await page.getByRole("button", { name: "With selected…" }).click();
  await expect(page.getByRole("heading", { name: "2 sessions selected" })).toBeVisible();
  await page.getByRole("button", { name: "Delete…" }).click();
  await expect(page.getByRole("heading", { name: "Delete 2 sessions?" })).toBeVisible();
  await expect(page.getByText("This cannot be undone.")).toBeVisible();
  await page.getByRole("button", { name: "Delete 2 sessions" }).click();
  await expect(page.getByRole("heading", { name: "2 sessions deleted" })).toBeVisible();
  await page.getByRole("link", { name: "Back to the list" }).click();
  await expect(page).toHaveURL(`${url}${LIST}?source=claude-code`);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText("Number 2");
});

test("everything a list shows is labelled by a form", async ({ page, archiveOf }) => {
  const at = new Date(Date.UTC(2026, 4, 1));
  const url = await archiveOf([{ title: "One", at }, { title: "Two", at }]);
  await page.goto(url + LIST);
  await page.getByRole("checkbox", { name: "Select One" }).check();
  await page.getByRole("button", { name: "With selected…" }).click();
  await page.getByRole("button", { name: "Select everything the list shows instead" }).click();
  await page.getByRole("textbox", { name: /Tags/ }).fill("bug");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("heading", { name: "2 sessions tagged “bug”" })).toBeVisible();
});
