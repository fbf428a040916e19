// A session becomes public, and a session is deleted and brought back.

import { LIST, expect, expectNoSidewaysScroll, heading, link, row, rows, test } from "./support.js";

const TITLE = "Write to ops@shop.example about the invoices";
const at = new Date(Date.UTC(2026, 4, 1));
const part = (page) => page.getByRole("region", { name: "Share" });
const undo = (page) => page.locator("#undo");

async function openSession(page, archiveOf, title) {
  const url = await archiveOf([{ title, at, output: "home is /home/dev/src" }, { title: "Another session", at }]);
  await page.goto(url + LIST);
  const href = await link(page, title).getAttribute("href");
  await page.goto(url + href);
  await expect(heading(page, title)).toBeVisible();
  return url;
}

test("what is found is looked at before a session becomes public @desktop", async ({ page, context, archiveOf }) => {
  const url = await openSession(page, archiveOf, TITLE);
  await part(page).getByRole("switch", { name: "Public" }).click();
  await expect(heading(page, "Make this session public")).toBeVisible();
  const email = page.getByRole("group", { name: "email ops@shop.example" });
  await expect(email.getByRole("radio", { name: "Remove" })).toBeChecked();
  await page.getByLabel("The link ends").selectOption("In 30 days");
  await page.getByRole("button", { name: "Publish" }).click();

  await expect(part(page).getByRole("switch", { name: "Public" })).toBeChecked();
  await expect(part(page)).toContainText("2 findings removed from the public copy");
  const path = await part(page).getByRole("link", { name: "Open public page" }).getAttribute("href");
  expect(path).toMatch(/^\/s\/write-to-about-the-invoices-[0-9a-v]{13}$/);
  const public_ = await context.browser().newPage();
  await public_.goto(url + path);
  await expect(heading(public_, "Write to email about the invoices")).toBeVisible();
  await expect(public_.locator(".redact").first()).toHaveText("email");
  expect(await public_.content()).not.toContain("ops@shop.example");
  await public_.getByRole("button", { name: /^Theme/ }).click();
  await expect(public_.locator("html")).toHaveAttribute("data-theme", "light");

  // In place, without a new page.
  await part(page).getByRole("switch", { name: "Public" }).click();
  await expect(part(page).getByRole("switch", { name: "Public" })).not.toBeChecked();
  await public_.reload();
  await expect(heading(public_, "This link shows nothing")).toBeVisible();
  await public_.close();
});

test("a public page fits a small screen @phone", async ({ page, archiveOf }) => {
  const url = await openSession(page, archiveOf, TITLE);
  await page.goto(`${new URL(page.url()).pathname}/share`.replace(/^/, url));
  await expectNoSidewaysScroll(page);
  await page.getByRole("button", { name: "Publish" }).click();
  await expect(page).toHaveURL(/#share$/);
  const path = await page.locator("#share a[href^='/s/']").getAttribute("href");
  await page.goto(url + path);
  await expect(heading(page, "Write to email about the invoices")).toBeVisible();
  await expectNoSidewaysScroll(page);
});

test("a deleted session is brought back", async ({ page, archiveOf }) => {
  const url = await openSession(page, archiveOf, TITLE);
  await page.goto(`${url}${new URL(page.url()).pathname}/delete`);
  await expect(page.getByRole("link", { name: "Keep session" })).toBeFocused();
  await page.getByRole("button", { name: "Delete session" }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(undo(page)).toContainText(`Deleted “${TITLE}”`);
  await expect(undo(page)).toContainText(/\d s/);
  await undo(page).getByRole("button", { name: "Undo" }).press("Enter");
  await expect(undo(page)).toContainText("The session is back");
  await page.goto(url + LIST);
  await expect(row(page, TITLE)).toBeVisible();
});

test("a deletion becomes final, and the session may come back", async ({ page, archiveOf }) => {
  const url = await openSession(page, archiveOf, TITLE);
  await page.goto(`${url}${new URL(page.url()).pathname}/delete`);
  await page.getByRole("button", { name: "Delete session" }).click();
  await expect(undo(page).getByRole("button", { name: "Undo" })).toBeHidden({ timeout: 15_000 });
  await expect(async () => {
    await page.goto(`${url}/settings`);
    await expect(page.getByRole("region", { name: "Deleted sessions", exact: true })).toContainText("1 session", { timeout: 500 });
  }).toPass();
  await expectNoSidewaysScroll(page);
  await page.getByRole("button", { name: /^Allow .* again$/ }).click();
  await expect(page.getByText("The session may come back.")).toBeVisible();
  await page.getByRole("button", { name: "Import now" }).click();
  await expect(async () => {
    await page.goto(url + LIST);
    await expect(row(page, TITLE)).toBeVisible({ timeout: 500 });
  }).toPass();
});
