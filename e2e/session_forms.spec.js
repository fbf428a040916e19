// What is changed beside a conversation: title, labels, summary; and the page of evals.

import { LIST, conversation, expect, expected, goToSession, heading, test } from "./support.js";

const some = [
  { title: "Fix the parser", at: new Date("2026-05-04T09:00:00Z") },
  { title: "Write a manual", at: new Date("2026-05-05T09:00:00Z") },
];
const labels = (page) => page.locator("#labels");

async function openFirst(page, url, title) {
  await page.goto(url + LIST);
  await page.getByRole("link", { name: title }).click();
  await expect(conversation(page)).toBeVisible();
}

test("a title is changed in place and shows in the list @desktop", async ({ page, archiveOf }) => {
  const url = await archiveOf(some);
  await openFirst(page, url, "Fix the parser");
  await page.keyboard.press("r");
  const field = page.getByRole("textbox", { name: "Title" });
  await expect(field).toBeFocused();
  await page.keyboard.type("Mend the grammar");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Mend the grammar" })).toBeVisible();
  await expect(field).toBeHidden();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("link", { name: "Mend the grammar" })).toBeVisible();
});

test("labels are given by keys and by the form, and typed text is never lost @desktop", async ({ page, archiveOf }) => {
  const url = await archiveOf(some);
  await openFirst(page, url, "Fix the parser");
  const saved = () => page.waitForResponse((response) => response.url().includes("/labels") && response.ok());
  for (const key of ["1", "m"]) await Promise.all([saved(), page.keyboard.press(key)]);
  await expect(labels(page).getByRole("radio", { name: "Golden" })).toBeChecked();
  await expect(labels(page).getByRole("checkbox", { name: /Ready for evals/ })).toBeChecked();
  await labels(page).getByRole("textbox", { name: "Tags" }).fill("bug, parser");
  await Promise.all([saved(), page.keyboard.press("Enter")]);
  await expect(labels(page).getByRole("button", { name: "Remove tag bug" })).toBeVisible();
  await expect(labels(page).getByRole("textbox", { name: "Expected output" })).toHaveValue("");
  await expect(labels(page).getByRole("textbox", { name: "Tags" })).toHaveValue("");
  await Promise.all([saved(), labels(page).getByRole("button", { name: "Remove tag bug" }).click()]);
  await expect(labels(page).getByRole("button", { name: "Remove tag bug" })).toHaveCount(0);
  const answer = page.getByRole("article", { name: /^Assistant/ }).first();
  await answer.hover();
  await Promise.all([saved(), answer.getByRole("button", { name: "Use as expected output" }).click()]);
  const output = labels(page).getByRole("textbox", { name: "Expected output" });
  await expect(output).toHaveValue("Done with Fix the parser.");
  await expect(labels(page).getByRole("radio", { name: "Golden" })).toBeChecked();
  await output.fill("Done, and well.");
  await Promise.all([saved(), labels(page).getByRole("textbox", { name: "Notes" }).focus()]);
  await Promise.all([saved(), labels(page).getByRole("button", { name: "Clear status" }).click()]);
  await page.reload();
  await expect(labels(page).getByRole("radio", { name: "Golden" })).not.toBeChecked();
  await expect(output).toHaveValue("Done, and well.");
  // What cannot be kept is said, and stays as it was typed.
  await labels(page).getByRole("textbox", { name: "Tags" }).fill("t".repeat(65));
  await page.keyboard.press("Enter");
  await expect(labels(page).getByRole("alert")).toContainText("a tag has at most 64 characters");
  await expect(labels(page).getByRole("textbox", { name: "Tags" })).toHaveValue("t".repeat(65));
});

test("without a model the button says what to do @desktop", async ({ page }) => {
  await goToSession(page, "x-tools");
  await page.getByRole("button", { name: "Summarise" }).click();
  await expect(page.locator("#summary").getByRole("alert")).toContainText("No model is set up.");
});

test("a conversation is copied as Markdown @desktop", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await goToSession(page, "x-tools");
  await page.keyboard.press("c");
  await expect(page.locator("#toast")).toContainText("Copied as Markdown");
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toMatch(/^# /);
  expect(text).toContain("## User");
  expect(text).toContain(expected("x-tools").title);
});

test("evals: a row opens its labels, and what is changed shows in the list @desktop", async ({ page, archiveOf }) => {
  const url = await archiveOf(some);
  for (const title of ["Fix the parser", "Write a manual"]) {
    await openFirst(page, url, title);
    const saved = page.waitForResponse((response) => response.url().includes("/labels") && response.ok());
    await Promise.all([saved, page.keyboard.press("m")]);
  }
  await page.goto(`${url}/evals`);
  await expect(heading(page, "Evals")).toBeVisible();
  await expect(page.locator(".erow")).toHaveCount(2);
  const panel = page.getByRole("complementary", { name: "Labels" });
  await expect(panel).toContainText("Write a manual");
  await page.keyboard.press("j");
  await expect(panel).toContainText("Fix the parser");
  await expect(page.locator(".erow[aria-current]")).toContainText("Fix the parser");
  await page.keyboard.press("4");
  await expect(page.locator(".erow[aria-current] .status")).toHaveText("Needs review");
  await page.locator("#eval-menu-eval summary").click();
  await page.locator("#eval-menu-eval").getByRole("checkbox", { name: /Needs review/ }).check();
  await expect(page.locator(".erow")).toHaveCount(1);
  await expect(page).toHaveURL(/eval=needs_review/);
  await page.getByRole("checkbox", { name: "Select Fix the parser" }).check();
  await page.getByRole("combobox", { name: "Change" }).selectOption("correct");
  await page.getByRole("button", { name: "Set for selected" }).click();
  await expect(page.getByText("1 session changed.")).toBeVisible();
});
