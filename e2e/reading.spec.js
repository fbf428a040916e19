// Reading one session: finding in it, going through it, and how much of it is open.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { conversation, expect, expectNoSidewaysScroll, expected, goToSession, heading, test } from "./support.js";

const TITLE = "A long piece of work";
const TURNS = 90;
const id = "00000000-0000-4000-8000-000000000077";

/** A session of many turns: a prompt, a call, an answer. `needle` stands in turn 70, deep in an output that is cut. */
function writeWork(home) {
  const records = [];
  const add = (type, message) => {
    const uuid = `m${records.length}`;
    const timestamp = new Date(Date.UTC(2026, 4, 4, 9, 0, records.length)).toISOString();
    const usage = type === "assistant" ? { requestId: `req_${records.length}` } : {};
    records.push({ parentUuid: records.at(-1)?.uuid ?? null, isSidechain: false, type, message, uuid, timestamp, cwd: "/home/dev/src/demo", sessionId: id, version: "2.1.197", ...usage });
  };
  const answer = (content) =>
    add("assistant", { id: `msg_${records.length}`, type: "message", role: "assistant", model: "claude-sonnet-4-6", content, stop_reason: "end_turn", usage: { input_tokens: 5, output_tokens: 10 + records.length } });
  for (let turn = 0; turn < TURNS; turn += 1) {
    add("user", { role: "user", content: turn === 0 ? TITLE : `Prompt of turn ${turn}` });
    const input = turn === 3 ? { file_path: "/home/dev/src/demo/a.js", old_string: "let one = 1;\nlet two = 2;", new_string: "let one = 1;\nlet two = 3;" } : { command: `make step${turn}` };
    answer([{ type: "thinking", thinking: `Thought of turn ${turn}`, signature: "x" }, { type: "tool_use", id: `call${turn}`, name: turn === 3 ? "Edit" : "Bash", input }]);
    const lines = Array.from({ length: 100 }, (_, line) => `turn ${turn} line ${line}${turn === 70 && line > 80 && line < 84 ? " needle" : ""}`);
    add("user", { role: "user", content: [{ type: "tool_result", tool_use_id: `call${turn}`, content: lines.join("\n"), is_error: false }] });
    answer([{ type: "text", text: `Answer of turn ${turn}. Common words.` }]);
  }
  const folder = join(home, ".claude/projects/-home-dev-src-demo");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${id}.jsonl`), records.map((record) => `${JSON.stringify(record)}\n`).join(""));
}

async function openWork(page, growing) {
  const { url } = await growing(writeWork, 1);
  await page.goto(`${url}/sessions`);
  await page.getByRole("link", { name: TITLE }).click();
  await expect(heading(page, TITLE)).toBeVisible();
  return url;
}

const messages = (page) => page.getByRole("region", { name: "Messages" });
const field = (page) => page.getByRole("searchbox", { name: "Find in this session" });
const count = (page) => page.getByRole("search").filter({ has: field(page) }).getByRole("status");
const now = (page) => conversation(page).locator("mark.now");

test("every hit is gone to, also where nothing was loaded and where output is cut", async ({ page, growing }) => {
  await openWork(page, growing);
  await page.keyboard.press("Control+f");
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("needle");
  await expect(count(page)).toHaveText("1 of 3");
  await expect(now(page)).toHaveText("needle");
  await expect(now(page)).toBeInViewport();
  await expect(conversation(page).getByText("turn 70 line 81 needle")).toBeVisible();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(count(page)).toHaveText("3 of 3");
  await page.keyboard.press("Enter");
  await expect(count(page)).toHaveText("1 of 3");
  await page.keyboard.press("Shift+Enter");
  await expect(count(page)).toHaveText("3 of 3");
  await expect(now(page)).toHaveCount(1);
  await expect(page).toHaveURL(/find=needle&hit=3/);
  await page.reload();
  await expect(count(page)).toHaveText("3 of 3");
  await expect(now(page)).toBeInViewport();
  await field(page).press("Escape");
  await expect(conversation(page).locator("mark")).toHaveCount(0);
  await expect(page).not.toHaveURL(/find=/);
  await expect(count(page)).toBeHidden();
});

test("what is typed on is found from where the reader is", async ({ page, growing }) => {
  await openWork(page, growing);
  await conversation(page).getByText("Answer of turn 9.").scrollIntoViewIfNeeded();
  await field(page).fill("answer");
  await expect(count(page)).toHaveText(/^\d+ of 90$/);
  await expect(now(page)).toBeInViewport();
  const first = Number((await count(page).textContent()).split(" ")[0]);
  expect(first).toBeGreaterThan(5);
  await field(page).fill("nothing like this");
  await expect(count(page)).toHaveText("No matches");
  await expect(conversation(page).locator("mark")).toHaveCount(0);
});

test("messages that are scrolled to have their marks @desktop", async ({ page, growing }) => {
  await openWork(page, growing);
  await field(page).fill("common");
  await expect(count(page)).toHaveText("1 of 90");
  await expect(now(page)).toBeInViewport();
  await messages(page).evaluate((flow) => (flow.scrollTop = flow.scrollHeight));
  const answer = conversation(page).getByText("Answer of turn 20.");
  await expect(answer.locator("mark")).toHaveCount(1);
});

test("a click on the strip goes there @desktop", async ({ page, growing }) => {
  await openWork(page, growing);
  const strip = page.getByRole("img", { name: "Tokens per message: 270 messages, 90 prompts" });
  await expect(strip).toBeAttached();
  const drawn = page.locator("[data-strip]");
  const box = await drawn.boundingBox();
  await page.mouse.click(box.x + box.width * 0.8, box.y + box.height / 2);
  const jump = page.getByRole("navigation", { name: "Prompts" });
  await expect(jump).toContainText(/Prompt 7[1-4] of 90/);
  await expect(conversation(page).getByText("Answer of turn 73.")).toBeAttached();
  await page.mouse.click(box.x + 2, box.y + box.height / 2);
  await expect(conversation(page).getByText(TITLE)).toBeInViewport();
  await expect(jump).toContainText("Prompt 1 of 90");
});

test("the chat alone has prompts and answers, all of them @desktop", async ({ page, growing }) => {
  await openWork(page, growing);
  const views = page.getByRole("navigation", { name: "What is shown" });
  await views.getByRole("link", { name: "Chat only" }).click();
  await expect(views.getByRole("link", { name: "Chat only" })).toHaveAttribute("aria-current", "true");
  await expect(conversation(page).getByText("Answer of turn 5.")).toBeAttached();
  await expect(conversation(page).getByText("Bash")).toHaveCount(0);
  const last = conversation(page).getByText(`Answer of turn ${TURNS - 1}.`);
  await expect(async () => {
    await messages(page).evaluate((flow) => (flow.scrollTop = flow.scrollHeight));
    await expect(last).toBeVisible({ timeout: 500 });
  }).toPass();
  await views.getByRole("link", { name: "Everything" }).click();
  await expect(conversation(page).getByText("Bash").first()).toBeAttached();
});

test("what is open is remembered, also for messages that come later @desktop", async ({ page, growing }) => {
  await openWork(page, growing);
  const call = conversation(page).locator("details.call").first();
  await expect(call).not.toHaveAttribute("open");
  await page.keyboard.press("t");
  await expect(call).toHaveAttribute("open");
  await page.reload();
  await expect(call).toHaveAttribute("open");
  await page.locator("summary[aria-label='What is open']").click();
  await page.getByRole("checkbox", { name: "Thinking open" }).check();
  await expect(conversation(page).getByText("Thought of turn 1", { exact: true }).last()).toBeVisible();
  await page.getByRole("checkbox", { name: "Tool calls open" }).uncheck();
  await page.reload();
  await expect(call).not.toHaveAttribute("open");
  await expect(conversation(page).locator("details.quiet").first()).toHaveAttribute("open");
});

test("changes stand side by side where there is room", async ({ page, growing }) => {
  await openWork(page, growing);
  const side = (kind) => conversation(page).locator(`.diff .${kind}`).first().boundingBox();
  const [before, after] = [await side("d"), await side("a")];
  expect(after.y).toBeGreaterThan(before.y);
  await page.locator("summary[aria-label='What is open']").click();
  const choice = page.getByRole("checkbox", { name: "Changes side by side" });
  if (await choice.isVisible()) {
    await choice.check();
    const [left, right] = [await side("d"), await side("a")];
    expect(right.y).toBe(left.y);
    expect(right.x).toBeGreaterThan(left.x + 100);
  }
  await expectNoSidewaysScroll(page);
});

test("a sub-agent is read below its call", async ({ page }) => {
  await goToSession(page, "c-sub");
  const call = conversation(page).locator("details.call").filter({ hasText: "Open the sub-agent" }).first();
  if ((await call.getAttribute("open")) === null) await call.locator("summary").first().click();
  await call.getByText("Read it here").click();
  const inside = call.getByRole("group", { name: /^Conversation of the sub-agent/ });
  await expect(inside.getByRole("article").first()).toBeVisible();
  await expect(inside.getByRole("article").first()).toHaveAccessibleName(/^User message/);
  await expectNoSidewaysScroll(page);
});
