import {
  LIST, conversation, expect, expectNoSidewaysScroll, expected, goToSession, heading, link, rows, test,
} from "./support.js";

const messages = (page, role) => conversation(page).getByRole("article", { name: new RegExp(`^${role} message`) });

/** The folded tool call whose summary has this text. */
const call = (page, text) =>
  conversation(page).locator("details").filter({ has: page.locator("summary", { hasText: text }) }).last();

test.describe("the conversation", () => {
  test("shows each message once, in order, with its tokens", async ({ page }) => {
    await goToSession(page, "c-unicode");
    const { messages: count } = expected("c-unicode");
    await expect(messages(page, "User")).toHaveCount(count.user);
    await expect(messages(page, "Assistant")).toHaveCount(count.assistant);
    await expect(messages(page, "User")).toContainText("把 README 翻译成中文");
    await expect(messages(page, "User")).toContainText(/[\d,]+ prompt tokens/);
    await expect(messages(page, "Assistant").first()).toContainText(/[\d,]+ completion tokens/);
    await expect(messages(page, "Assistant").last()).toContainText("naïve café 👩‍💻 テスト한국어 العربية");
  });

  test("says where it comes from and what it used", async ({ page }) => {
    await goToSession(page, "c-named");
    const { model, projectPath } = expected("c-named");
    const main = page.getByRole("main");
    await expect(main).toContainText("Claude Code");
    await expect(main).toContainText(model);
    await expect(main.getByTitle(projectPath).first()).toBeAttached();
    await expect(main.getByTitle(/29,406/).first()).toBeAttached();
    await expect(main.getByTitle(/\b348\b/).first()).toBeAttached();
  });

  test("a message has an address of its own", async ({ page }) => {
    await goToSession(page, "c-compact");
    const stamp = messages(page, "Assistant").last().getByRole("link", { name: /^\+\d\d:\d\d:\d\d/ });
    await stamp.click();
    await expect(page).toHaveURL(/#m-/);
    await page.reload();
    await expect(messages(page, "Assistant").last()).toBeInViewport();
  });

  test("an image of a prompt is shown", async ({ page }) => {
    await goToSession(page, "c-image");
    const image = messages(page, "User").getByRole("img").first();
    await expect(image).toBeVisible();
    expect(await image.evaluate((element) => element.naturalWidth)).toBeGreaterThan(0);
  });
});

test.describe("tool calls", () => {
  test("are folded and open to their output", async ({ page }) => {
    await goToSession(page, "c-unicode");
    const read = call(page, /Read/);
    await expect(read).not.toHaveAttribute("open");
    await expect(page.getByText("Prices are integers in cents.")).toBeHidden();
    await read.locator("summary").first().click();
    await expect(read).toHaveAttribute("open");
    await expect(page.getByText("Prices are integers in cents.")).toBeVisible();
  });

  test("that failed are open from the start", async ({ page }) => {
    await goToSession(page, "c-error");
    await expect(conversation(page).getByText("File does not exist.")).toBeVisible();
    await expect(conversation(page).getByText(/exit(ed with)?( code)? 2/i).first()).toBeVisible();
  });

  test("with long output show its beginning and, asked, all of it", async ({ page, archiveOf }) => {
    const lines = Array.from({ length: 200 }, (_, index) => `this is line ${index + 1}.`);
    const title = "Print two hundred lines";
    const url = await archiveOf([{ title, at: new Date(), output: lines.join("\n") }]);
    await page.goto(url + LIST);
    await link(page, title).click();
    await expect(heading(page, title)).toBeVisible();
    const bash = call(page, /Bash/);
    if ((await bash.getAttribute("open")) === null) await bash.locator("summary").first().click();
    await expect(page.getByText("this is line 1.")).toBeVisible();
    await expect(page.getByText("this is line 200.")).toBeHidden();
    await bash.getByText("Show all 200 lines").click();
    await expect(page.getByText("this is line 200.")).toBeVisible();
    await expectNoSidewaysScroll(page);
  });
});

test.describe("ways out", () => {
  test("back to the sessions", async ({ page }) => {
    await goToSession(page, "y-arch");
    await page.getByRole("main").getByRole("link", { name: /^Back to/ }).filter({ visible: true }).first().click();
    await expect(heading(page, "Sessions")).toBeVisible();
    await expect(rows(page).first()).toBeVisible();
  });

  test("a fork leads to the session it was forked from", async ({ page }) => {
    await goToSession(page, "x-fork");
    await page.getByRole("main").getByRole("link", { name: expected("x-app").title }).filter({ visible: true }).first().click();
    await expect(heading(page, expected("x-app").title)).toBeVisible();
  });

  test("a session that does not exist is a page that says so and leads on", async ({ page }) => {
    const answer = await page.goto("/sessions/no-such-session");
    expect(answer.status()).toBe(404);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.getByRole("main").getByRole("link", { name: /sessions/i }).first().click();
    await expect(rows(page).first()).toBeVisible();
  });
});
