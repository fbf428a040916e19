// The plugin of Claude Code, as npm has it, sends a session through its hooks while pages are open.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";
import { expect, expected, FIXTURES, row, test } from "./support.js";

const PLUGIN = createRequire(import.meta.url).resolve("claude-code-sync/dist/cli.js");
const session = expected("c-tools");
const project = "-home-dev-work-checkout-api";
const transcript = realpathSync(join(FIXTURES, "home/.claude/projects", project, `${session.externalId}.jsonl`));
// Promised are two seconds; the machine that runs the tests is busy.
const soon = { timeout: 10_000 };

/** What the hooks of a session are told, in the order Claude Code runs them. */
function hooks() {
  const base = { session_id: session.externalId, transcript_path: transcript, cwd: "/home/dev/work/checkout-api" };
  const told = [["SessionStart", { ...base, transcript_path: "", source: "startup", model: "claude-sonnet-4-6" }]];
  for (const line of readFileSync(transcript, "utf8").split("\n").filter(Boolean)) {
    const { type, message, isMeta } = JSON.parse(line);
    if (type === "user" && typeof message.content === "string" && !isMeta) {
      told.push(["UserPromptSubmit", { ...base, prompt: message.content }]);
    } else if (type === "assistant") {
      for (const { id, name, input } of message.content.filter((part) => part.type === "tool_use")) {
        told.push(["PostToolUse", { ...base, tool_use_id: id, tool_name: name, tool_input: input, tool_response: {} }]);
      }
    }
  }
  return [...told, ["Stop", base], ["SessionEnd", { ...base, reason: "prompt_input_exit" }]];
}

/** Runs the plugin as a hook does. */
function hook(home, url, key, event, told) {
  const child = spawn(process.execPath, [PLUGIN, "hook", event], {
    env: { PATH: process.env.PATH, HOME: home, CLAUDE_SYNC_CONVEX_URL: url, CLAUDE_SYNC_API_KEY: key },
    stdio: ["pipe", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (text) => (complaint += text));
  child.stdin.end(JSON.stringify({ ...told, hook_event_name: event }));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("exit", (code) => (code === 0 && complaint === "" ? done() : fail(new Error(`${event}: ${code} ${complaint}`))));
  });
}

for (const [how, prefix] of [
  ["by its environment", ""],
  ["with the address its login takes", "/convex.site/"],
]) {
  test(`claude-code-sync, set up ${how}, fills the open pages`, async ({ page, growing }) => {
    const { url, home, key } = await growing((where) => {
      mkdirSync(join(where, "plugin"));
      mkdirSync(join(where, ".claude/projects", project), { recursive: true });
    }, 0);
    const secret = key();
    const send = (event, told) => hook(join(home, "plugin"), `${url}${prefix}`, secret, event, told);
    await page.goto(`${url}/sessions`);
    const told = hooks();
    const prompt = told.findIndex(([event]) => event === "UserPromptSubmit");
    for (const [event, what] of told.slice(0, prompt + 1)) await send(event, what);
    await expect(row(page, session.title)).toContainText("1 msg", soon);

    await row(page, session.title).getByRole("link").first().click();
    const messages = page.getByRole("region", { name: "Messages" });
    await expect(messages.getByRole("article").first()).toContainText(session.title);
    for (const [event, what] of told.slice(prompt + 1)) await send(event, what);
    await expect(messages).toContainText("with an Unreleased section", soon);
    // It adds the usage of a response once per block of it, so its total is too large; its title at the end is
    // a random name, which is no title.
    await expect(page.getByRole("heading", { name: session.title })).toBeVisible();

    // The transcript itself is read: the session stays one, and its figures become exact.
    cpSync(transcript, join(home, ".claude/projects", project, `${session.externalId}.jsonl`));
    expect(session.totalTokens).toBe(124_406);
    await page.goto(`${url}/sessions`);
    await expect(row(page, session.title)).toContainText("124.4K", soon);
    await expect(row(page, session.title)).toHaveCount(1);
  });
}
