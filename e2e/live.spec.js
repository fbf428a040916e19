// Sessions that grow while a page is open.

import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test, writeSession } from "./support.js";

const number = 7;
const id = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const start = new Date("2026-05-04T09:00:00Z");

/** Appends a prompt and an answer, one line each; the answer's tokens are told by its usage. */
function appendTurn(home, turn) {
  const base = { isSidechain: false, cwd: "/home/dev/src/demo", sessionId: id, version: "2.1.197", timestamp: new Date().toISOString() };
  const prompt = { ...base, type: "user", uuid: `u${turn}`, parentUuid: turn > 1 ? `a${turn - 1}` : `00000002-${id.slice(9)}`, message: { role: "user", content: `Prompt ${turn}` } };
  const usage = { input_tokens: 10, output_tokens: 100 };
  const content = [{ type: "text", text: `Answer ${turn}` }];
  const message = { id: `live_${turn}`, type: "message", role: "assistant", model: "claude-sonnet-4-6", content, stop_reason: "end_turn", usage };
  const answer = { ...base, type: "assistant", uuid: `a${turn}`, parentUuid: `u${turn}`, requestId: `live_req_${turn}`, message };
  const file = join(home, ".claude/projects/-home-dev-src-demo", `${id}.jsonl`);
  appendFileSync(file, `${JSON.stringify(prompt)}\n${JSON.stringify(answer)}\n`);
}

const write = (home) => writeSession(home, { number, title: "A session that goes on", at: start });
// Generous: the machine that runs the tests is busy. What is promised is two seconds.
const soon = { timeout: 10_000 };

test("an appended turn shows in the open list, in place", async ({ page, growing }) => {
  const { url, home } = await growing(write, 1);
  await page.goto(`${url}/sessions`);
  const row = page.getByRole("row", { name: /A session that goes on/ });
  await expect(row).toContainText("2 msgs");
  await row.evaluate((element) => (window.before = element));
  appendTurn(home, 1);
  await expect(row).toContainText("4 msgs", soon);
  await expect(row).toContainText("Live");
  expect(await row.evaluate((element) => element === window.before)).toBe(true);
});

test("an appended turn shows in the open session, and who reads the end stays there", async ({ page, growing }) => {
  const { url, home } = await growing(
    (where) => {
      write(where);
      for (let turn = 1; turn <= 12; turn += 1) appendTurn(where, turn);
    },
    1,
  );
  await page.goto(`${url}/sessions`);
  await page.getByRole("link", { name: "A session that goes on" }).click();
  const messages = page.getByRole("region", { name: "Messages" });
  await expect(messages.getByText("Answer 12")).toHaveCount(1);
  const left = () => messages.evaluate((flow) => flow.scrollHeight - flow.scrollTop - flow.clientHeight);
  await messages.evaluate((flow) => (flow.scrollTop = flow.scrollHeight));
  appendTurn(home, 13);
  await expect(messages.getByText("Answer 13")).toBeInViewport(soon);
  expect(await left()).toBeLessThan(2);
  await expect(messages.getByRole("article")).toHaveCount(28);
  await expect(page.getByRole("navigation", { name: "Prompts" })).toContainText(/Prompt 1\d of 14/);

  await messages.evaluate((flow) => (flow.scrollTop = 100));
  appendTurn(home, 14);
  const newest = page.getByRole("button", { name: "New messages" });
  await expect(newest).toBeVisible(soon);
  expect(await messages.evaluate((flow) => flow.scrollTop)).toBe(100);
  await newest.click();
  await expect(messages.getByText("Answer 14")).toBeInViewport();
  await expect(newest).toBeHidden();
});

test("a new session is offered where the list is read, and appears where it is not @desktop", async ({ page, growing }) => {
  const { url, home } = await growing(write, 1);
  await page.goto(`${url}/sessions`);
  const row = page.getByRole("row", { name: /A session that goes on/ });
  await row.hover();
  writeSession(home, { number: 8, title: "Another one", at: new Date("2026-05-05T09:00:00Z") });
  const offer = page.getByRole("button", { name: "1 new session" });
  await expect(offer).toBeVisible(soon);
  await offer.click();
  await expect(page.getByRole("row", { name: /Another one/ })).toBeVisible();
  await page.mouse.move(5, 5);
  writeSession(home, { number: 9, title: "A third one", at: new Date("2026-05-06T09:00:00Z") });
  await expect(page.getByRole("row", { name: /A third one/ })).toBeVisible(soon);
});

test("new sessions never move a list that is read: a pill counts them, and a key shows them @desktop", async ({ page, growing }) => {
  const { url, home } = await growing((where) => {
    for (let n = 20; n < 45; n += 1) writeSession(where, { number: n, title: `Old one ${n}`, at: new Date(Date.UTC(2026, 3, n - 15, 9)) });
  }, 25);
  await page.goto(`${url}/sessions`);
  await page.evaluate(() => window.scrollTo({ top: 300 }));
  const first = page.getByRole("row", { name: /Old one 40/ });
  const before = await first.boundingBox();
  writeSession(home, { number: 60, title: "New one", at: new Date("2026-05-05T09:00:00Z") });
  const pill = (text) => page.getByRole("button", { name: text });
  await expect(pill("1 new session")).toBeVisible(soon);
  await expect(page.locator("#live")).toHaveText("1 new session. Press n to show them.");
  writeSession(home, { number: 61, title: "Newest one", at: new Date("2026-05-06T09:00:00Z") });
  await expect(pill("2 new sessions")).toBeVisible(soon);
  expect((await first.boundingBox()).y).toBe(before.y);
  await page.keyboard.press("n");
  await expect(page.getByRole("link", { name: "Newest one" })).toBeFocused();
  await expect(pill(/new session/)).toBeHidden();
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
});

test("in another order new sessions are offered, wherever they come @desktop", async ({ page, growing }) => {
  const { url, home } = await growing(write, 1);
  await page.goto(`${url}/sessions?sort=tokens`);
  await expect(page.getByRole("row", { name: /A session that goes on/ })).toBeVisible();
  writeSession(home, { number: 8, title: "Another one", at: new Date("2026-05-05T09:00:00Z") });
  const pill = page.getByRole("button", { name: "1 new session" });
  await expect(pill).toBeVisible(soon);
  await pill.click();
  await expect(page.getByRole("row", { name: /Another one/ })).toBeVisible();
  await expect(page).toHaveURL(/sort=tokens$/);
  // What no filter matches is not counted.
  await page.goto(`${url}/sessions?q=another&sort=tokens`);
  writeSession(home, { number: 9, title: "Something else", at: new Date("2026-05-06T09:00:00Z") });
  writeSession(home, { number: 11, title: "Another two", at: new Date("2026-05-06T10:00:00Z") });
  await expect(pill).toBeVisible(soon);
});

test("a page that was away catches up", async ({ page, growing }) => {
  const { url, home } = await growing(write, 1);
  await page.goto(`${url}/sessions`);
  const row = page.getByRole("row", { name: /A session that goes on/ });
  await expect(row).toContainText("2 msgs");
  await page.evaluate(() => window.dispatchEvent(new Event("pagehide")));
  appendTurn(home, 1);
  const archived = async () => (await page.request.get(`${url}/sessions/rows?ids=${(await row.getAttribute("id")).slice(2)}`)).text();
  await expect.poll(archived).toContain("<b>4</b>");
  await expect(row).toContainText("2 msgs");
  await page.evaluate(() => window.dispatchEvent(new Event("pageshow")));
  await expect(row).toContainText("4 msgs", soon);
});

test("a folder of a new project is noticed", async ({ page, growing }) => {
  const { url, home } = await growing(write, 1);
  await page.goto(`${url}/sessions`);
  await expect(page.getByRole("row", { name: /A session that goes on/ })).toBeVisible();
  mkdirSync(join(home, ".claude/projects/-home-dev-src-fresh"));
  writeSession(home, { number: 10, title: "In a new project", at: new Date("2026-05-07T09:00:00Z"), project: "fresh" });
  await expect(page.getByRole("row", { name: /In a new project/ }).or(page.getByRole("button", { name: "1 new session" }))).toBeVisible(soon);
});
