// Selecting sessions and doing something with all of them.

import { readFileSync } from "node:fs";
import { LIST, PAGE, expect, expectNoSidewaysScroll, link, row, rows, searchField, table, test } from "./support.js";

const bar = (page) => page.getByRole("toolbar", { name: "Actions for selected sessions" });
const box = (page, title) => row(page, title).getByRole("checkbox");
const dialog = (page) => page.getByRole("dialog");
const toast = (page) => page.locator("#toast");
const undo = (page) => page.locator("#undo");
const name = (number) => `Session number ${number} of many`;
const soon = { timeout: 10_000 };

/** `count` sessions, the first one newest. */
const many = (count, more = {}) =>
  Array.from({ length: count }, (_, index) => ({
    title: name(index + 1),
    at: new Date(Date.now() - (index + 1) * 3_600_000),
    project: index % 2 ? "odd" : "even",
    ...more,
  }));

async function open(page, archiveOf, count) {
  const url = await archiveOf(many(count));
  await page.goto(url + LIST);
  await expect(rows(page)).toHaveCount(Math.min(count, PAGE));
  return url;
}

async function tick(page, ...numbers) {
  for (const number of numbers) await box(page, name(number)).check();
}

test.describe("selecting", () => {
  test("a tick opens the bar, which counts and adds up, and Escape ends it", async ({ page, archiveOf }) => {
    await open(page, archiveOf, 4);
    await expect(bar(page)).toBeHidden();
    await tick(page, 1, 2);
    await expect(bar(page)).toContainText("2 selected");
    // 1,010 tokens in and 21 out; 1,010 and 22.
    await expect(bar(page)).toContainText("2.1K tokens · <$0.01");
    await box(page, name(2)).uncheck();
    await expect(bar(page)).toContainText("1 selected");
    await expect(page).toHaveURL(new RegExp(`${LIST}$`));
    await page.keyboard.press("Escape");
    await expect(bar(page)).toBeHidden();
    await expect(box(page, name(1))).not.toBeChecked();
    await tick(page, 3);
    await bar(page).getByRole("button", { name: "Clear selection (Esc)" }).click();
    await expect(bar(page)).toBeHidden();
  });

  test("Shift and a click select what lies between @desktop", async ({ page, archiveOf }) => {
    await open(page, archiveOf, 8);
    await box(page, name(2)).click();
    await box(page, name(6)).click({ modifiers: ["Shift"] });
    await expect(bar(page)).toContainText("5 selected");
    await box(page, name(4)).click({ modifiers: ["Shift"] });
    await expect(bar(page)).toContainText("2 selected");
    await expect(box(page, name(3))).toBeChecked();
    await expect(box(page, name(5))).not.toBeChecked();
  });

  test("x and Shift+X do the same from the keyboard @desktop", async ({ page, archiveOf }) => {
    await open(page, archiveOf, 6);
    for (const key of ["j", "j", "x"]) await page.keyboard.press(key);
    await expect(box(page, name(2))).toBeChecked();
    for (const key of ["j", "j", "Shift+X"]) await page.keyboard.press(key);
    await expect(bar(page)).toContainText("3 selected");
    await page.keyboard.press("x");
    await expect(bar(page)).toContainText("2 selected");
    await searchField(page).fill("x");
    await expect(bar(page)).toBeHidden();
  });

  test("the box in the head selects what is loaded, and the bar offers the rest @desktop", async ({ page, archiveOf }) => {
    const count = PAGE + 12;
    await open(page, archiveOf, count);
    await page.getByRole("checkbox", { name: "Select all loaded sessions" }).check();
    await expect(bar(page)).toContainText(`${PAGE} selected`);
    await bar(page).getByRole("button", { name: `Select all ${count}` }).click();
    await expect(bar(page)).toContainText(`${count} selected`);
    await expect(bar(page)).toContainText(/tokens · \$/);
    // Rows that come later are selected too; one may be left out.
    await rows(page).last().scrollIntoViewIfNeeded();
    await expect(rows(page)).toHaveCount(count);
    await expect(box(page, name(count))).toBeChecked();
    await box(page, name(count)).uncheck();
    await expect(bar(page)).toContainText(`${count - 1} selected`);
    await expect(page.getByRole("checkbox", { name: "Select all loaded sessions" })).not.toBeChecked();
  });

  test("a selection outlives loading more and ends with other filters", async ({ page, archiveOf }) => {
    const count = PAGE + 5;
    await open(page, archiveOf, count);
    await tick(page, 1, 3);
    await rows(page).last().scrollIntoViewIfNeeded();
    await expect(rows(page)).toHaveCount(count);
    await expect(bar(page)).toContainText("2 selected");
    await page.goto(`${page.url()}?project=odd`);
    await expect(bar(page)).toBeHidden();
  });

  test("the bar fits a small screen @phone", async ({ page, archiveOf }) => {
    await open(page, archiveOf, PAGE + 5);
    await tick(page, 1, 2);
    await expect(bar(page)).toBeInViewport({ ratio: 1 });
    await expectNoSidewaysScroll(page);
    await expect(bar(page).getByRole("button", { name: `Select all ${PAGE + 5}` })).toBeVisible();
  });
});

test.describe("deleting", () => {
  test("asks first, and the rows go, here and in other open lists", async ({ page, context, archiveOf }) => {
    const url = await open(page, archiveOf, 5);
    const other = await context.newPage();
    await other.goto(url + LIST);
    await expect(rows(other)).toHaveCount(5);
    await tick(page, 2, 3);
    await bar(page).getByRole("button", { name: /^Delete/ }).click();
    await expect(dialog(page)).toContainText("Delete 2 sessions?");
    await expect(dialog(page)).toContainText("this cannot be undone.");
    await expect(dialog(page).getByRole("link", { name: "Keep them" })).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(dialog(page)).toBeHidden();
    await expect(bar(page)).toContainText("2 selected");

    await bar(page).getByRole("button", { name: /^Delete/ }).click();
    await dialog(page).getByRole("link", { name: "Keep them" }).click();
    await expect(dialog(page)).toBeHidden();
    await expect(rows(page)).toHaveCount(5);

    await bar(page).getByRole("button", { name: /^Delete/ }).click();
    await dialog(page).getByRole("button", { name: "Delete 2 sessions" }).click();
    await expect(dialog(page)).toBeHidden();
    await expect(undo(page)).toContainText("2 sessions deleted");
    await expect(rows(page)).toHaveCount(3, soon);
    await expect(rows(other)).toHaveCount(3, soon);
    await expect(bar(page)).toBeHidden();
    await expect(page.getByText("All 3 shown")).toBeVisible();
    await expect(link(page, name(2))).toHaveCount(0);
    await expect(page).toHaveURL(new RegExp(`${LIST}$`));
    await undo(page).getByRole("button", { name: "Undo" }).click();
    await expect(undo(page)).toContainText("2 sessions are back");
    await expect(page.locator("#count")).toContainText("5 sessions", soon);
    await other.close();
  });

  test("takes all that the filters match, loaded or not", async ({ page, archiveOf }) => {
    const count = 2 * PAGE + 16;
    const url = await open(page, archiveOf, count);
    await page.goto(`${url}${LIST}?project=odd`);
    await tick(page, 2);
    await bar(page).getByRole("button", { name: `Select all ${count / 2}` }).click();
    await bar(page).getByRole("button", { name: /^Delete/ }).click();
    await dialog(page).getByRole("button", { name: `Delete ${count / 2} sessions` }).click();
    await expect(undo(page)).toContainText(`${count / 2} sessions deleted`);
    await expect(page.getByRole("heading", { name: /No sessions match/ })).toBeVisible(soon);
    await page.goto(url + LIST);
    await expect(page.locator("#count")).toContainText(`${count / 2} sessions`);
    await expect(table(page)).not.toContainText(name(2));
  });
});

test.describe("labelling", () => {
  test("a mark and a tag show in the rows at once", async ({ page, archiveOf }) => {
    await open(page, archiveOf, 4);
    await tick(page, 1, 2);
    await bar(page).getByRole("button", { name: "Mark eval-ready" }).click();
    await expect(toast(page)).toHaveText("2 sessions marked eval-ready");
    await expect(row(page, name(1))).toContainText("Eval-ready", soon);
    await expect(bar(page)).toContainText("2 selected");

    await bar(page).locator("summary").filter({ hasText: "Add tag" }).click();
    await page.getByRole("textbox", { name: /Tags/ }).fill("bug, slow");
    await page.getByRole("textbox", { name: /Tags/ }).press("Enter");
    await expect(toast(page)).toHaveText("2 sessions tagged “bug”, “slow”");
    await expect(row(page, name(2))).toContainText("slow", soon);
    await expect(row(page, name(3))).not.toContainText("bug");

    await bar(page).getByRole("button", { name: "Remove the eval-ready mark" }).click();
    await expect(toast(page)).toHaveText("2 sessions no longer marked eval-ready");
    await expect(row(page, name(1))).not.toContainText("Eval-ready", soon);
  });

  test("what failed is listed, and the rest is done", async ({ page, archiveOf }) => {
    const url = await open(page, archiveOf, 3);
    await tick(page, 1, 2);
    const id = await box(page, name(1)).getAttribute("value");
    // Somebody else deletes one meanwhile, and this page does not hear of it.
    await page.evaluate(() => window.dispatchEvent(new Event("pagehide")));
    const named = new URLSearchParams({ id, action: "delete", named: "1" }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await page.request.post(`${url}/sessions/bulk`, { data: named, headers })).ok()).toBe(true);
    await bar(page).getByRole("button", { name: "Mark eval-ready" }).click();
    await expect(dialog(page)).toContainText("1 session marked eval-ready");
    await expect(dialog(page)).toContainText("There is no such session");
    await dialog(page).getByRole("link", { name: "Back to the list" }).click();
    await expect(dialog(page)).toBeHidden();
  });
});

test.describe("exporting", () => {
  test("one file of the selected sessions, in two formats", async ({ page, archiveOf }) => {
    await open(page, archiveOf, 4);
    await tick(page, 1, 4);
    const save = async (format) => {
      await bar(page).getByRole("button", { name: "Export" }).click();
      await dialog(page).getByRole("radio", { name: format }).check();
      await expect(dialog(page).getByRole("status")).toContainText("2 sessions");
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        dialog(page).getByRole("button", { name: "Download 2 sessions" }).click(),
      ]);
      await expect(dialog(page)).toBeHidden();
      return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
    };
    const json = await save(/^JSON/);
    expect(json.name).toMatch(/^opensync-sessions-\d{4}-\d\d-\d\d\.json$/);
    const { sessions } = JSON.parse(json.text);
    expect(sessions.map((session) => session.title)).toEqual([name(1), name(4)]);
    expect(sessions[0].messages.map((message) => message.role)).toEqual(["user", "assistant"]);

    const text = await save(/^Plain text/);
    expect(text.name).toMatch(/\.txt$/);
    expect(text.text).toContain(`Done with ${name(4)}.`);
    expect(text.text).not.toContain(name(2));
    await expect(bar(page)).toContainText("2 selected");
  });
});
