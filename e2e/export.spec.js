// What sessions are exported as: the dialog, and the page that works offline.

import { LIST, expect, expectNoSidewaysScroll, rows, test } from "./support.js";

const bar = (page) => page.getByRole("toolbar", { name: "Actions for selected sessions" });
const dialog = (page) => page.getByRole("dialog");
const preview = (page) => dialog(page).getByRole("status", { name: "Preview" });

async function choose(page, archiveOf, count) {
  const at = (index) => new Date(Date.now() - (index + 1) * 3_600_000);
  const url = await archiveOf(
    Array.from({ length: count }, (_, index) => ({ title: `Session ${index + 1} of some`, at: at(index), output: "<b>one</b>\ntwo" })),
  );
  await page.goto(url + LIST);
  await expect(rows(page)).toHaveCount(count);
  for (const box of (await page.getByRole("checkbox", { name: /^Select Session/ }).all()).slice(0, 2)) await box.check();
}

test("the dialog counts again when something changes, and the selection stays", async ({ page, archiveOf }) => {
  await choose(page, archiveOf, 3);
  await bar(page).getByRole("button", { name: "Export" }).click();
  await expect(dialog(page)).toHaveAccessibleName("Export test cases");
  await expect(preview(page)).toContainText("2 test cases from 2 sessions");
  await expect(dialog(page)).toContainText("2 sessions have no expected output.");
  const final = dialog(page).getByRole("radio", { name: "Final answer" });
  await final.check({ force: true });
  await expect(dialog(page).getByRole("button", { name: "Download 2 cases" })).toBeEnabled();
  await expect(final).toBeFocused();
  await dialog(page).getByRole("checkbox", { name: "Include tool calls" }).uncheck();
  await dialog(page).getByRole("combobox", { name: "Sessions with status" }).selectOption("Golden");
  await expect(dialog(page).getByRole("button", { name: "Download 0 cases" })).toBeDisabled();
  await dialog(page).getByRole("radio", { name: /^Markdown/ }).check();
  await expect(preview(page)).toContainText("2 sessions");
  await expect(dialog(page).getByRole("checkbox", { name: "Include tool calls" })).not.toBeChecked();
  await expectNoSidewaysScroll(page);
  await dialog(page).getByRole("link", { name: "Cancel" }).click();
  await expect(dialog(page)).toBeHidden();
  await expect(bar(page)).toContainText("2 selected");
  await page.keyboard.press("e");
  await expect(dialog(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toBeHidden();
});

test("an exported page is read offline, without scripts and without asking anybody", async ({ page, archiveOf, browser }) => {
  await choose(page, archiveOf, 1);
  await bar(page).getByRole("button", { name: "Export" }).click();
  await dialog(page).getByRole("radio", { name: /^HTML page/ }).check();
  await expect(preview(page)).toContainText("1 session");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog(page).getByRole("button", { name: "Download 1 session" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("Session_1_of_some.html");
  const context = await browser.newContext({ offline: true, javaScriptEnabled: false });
  const reader = await context.newPage();
  const asked = [];
  reader.on("request", (request) => asked.push(request.url()));
  const path = test.info().outputPath("session.html");
  await download.saveAs(path);
  await reader.goto(`file://${path}`);
  await expect(reader.getByRole("heading", { level: 1 })).toHaveText("Session 1 of some");
  await reader.getByText("Result").first().click();
  await expect(reader.getByText("<b>one</b>")).toBeVisible();
  expect(asked).toHaveLength(1);
  await context.close();
});
