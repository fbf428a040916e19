// What the browser tests share: a running OpenSync, homes to import from, and the words of the pages.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { test as base, expect } from "@playwright/test";

export { expect };

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BINARY = resolve(ROOT, process.env.OPENSYNC_BIN || "target/debug/opensync");
export const FIXTURES = join(ROOT, "fixtures/real-clients");

// --- what the fixtures hold ------------------------------------------------------------------------

// The pages are tried with the stores of two tools: they hold every kind of session.
const STORES = [".claude", ".codex"];
const IMPORTED = { "claude-code": "Claude Code", "codex-cli": "Codex CLI" };

/** Every tool the empty page names. */
export const TOOLS = ["OpenCode", "Claude Code", "Codex CLI", "Cursor", "Factory Droid", "Pi", "Gemini CLI"];

/** The sessions a list shows, as fixtures/real-clients/expected.json has them: subagents sit under their parent. */
export const SESSIONS = JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8")).sessions.filter(
  (session) => session.source in IMPORTED && session.relation !== "sub-agent",
);

/** The expected session with a label such as `c-tools`. */
export function expected(label) {
  const session = SESSIONS.find((candidate) => candidate.label === label);
  if (!session) throw new Error(`expected.json has no listed session ${label}`);
  return session;
}

/** How many listed sessions a source has. */
export function countOf(source) {
  return SESSIONS.filter((session) => session.source === source).length;
}

// --- homes made for one test -----------------------------------------------------------------------

/** Sessions of one page of the list. */
export const PAGE = 25;

/**
 * Writes a Claude Code session into `home`: a prompt and an answer, and with `output` a command in between.
 * `number` makes its id, `at` is when it began.
 */
export function writeSession(home, { number, title, at, project = "demo", output = null }) {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  const cwd = `/home/dev/src/${project}`;
  const records = [];
  const add = (type, message) => {
    const step = records.length + 1;
    const uuid = `${String(step).padStart(8, "0")}-${id.slice(9)}`;
    records.push({
      parentUuid: records.at(-1)?.uuid ?? null,
      isSidechain: false,
      type,
      message,
      uuid,
      ...(type === "assistant" ? { requestId: `req_${number}_${step}` } : {}),
      timestamp: new Date(at.getTime() + 1000 * (step - 1)).toISOString(),
      userType: "external",
      entrypoint: "cli",
      cwd,
      sessionId: id,
      version: "2.1.197",
      gitBranch: "main",
    });
  };
  const answer = (content, stop) =>
    add("assistant", {
      id: `msg_${number}_${records.length}`,
      type: "message",
      role: "assistant",
      model: "claude-sonnet-4-6",
      content: [content],
      stop_reason: stop,
      stop_sequence: null,
      usage: { input_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 1000, output_tokens: 20 + number },
    });
  add("user", { role: "user", content: title });
  if (output !== null) {
    const call = `toolu_${number}`;
    answer({ type: "tool_use", id: call, name: "Bash", input: { command: "print-lines" } }, "tool_use");
    add("user", { role: "user", content: [{ type: "tool_result", tool_use_id: call, content: output, is_error: false }] });
  }
  answer({ type: "text", text: `Done with ${title}.` }, "end_turn");
  const folder = join(home, ".claude/projects", cwd.replaceAll("/", "-"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${id}.jsonl`), records.map((record) => `${JSON.stringify(record)}\n`).join(""));
}

// --- a running OpenSync ----------------------------------------------------------------------------

const START_MS = 20_000;
const STOP_MS = 10_000;

/** Starts the binary on an archive of its own and waits until `home` is imported. */
async function serve(home, { sessions }) {
  const folder = mkdtempSync(join(tmpdir(), "opensync-e2e-"));
  const empty = join(folder, "home");
  mkdirSync(empty);
  const child = spawn(
    BINARY,
    ["serve", "--listen", "127.0.0.1:0", "--data-dir", join(folder, "data"), "--home", home ?? empty, "--no-open"],
    // Nothing of the developer's own settings or stores may leak in.
    { env: { PATH: process.env.PATH, HOME: empty, TZ: "UTC", RUST_BACKTRACE: "1" }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const said = [];
  const ended = new Promise((done) => {
    child.once("error", (error) => done(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => done(`ended with ${signal ?? `code ${code}`}`));
  });
  const address = new Promise((found) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        const url = stream === child.stdout && line.match(/https?:\/\/[^\s/]+/);
        if (url) found(url[0]);
      });
    }
  });
  const failure = (what) => new Error(`${BINARY} ${what}\n${said.slice(-20).join("\n")}`);

  const stop = async () => {
    const early = child.exitCode !== null || child.signalCode !== null;
    child.kill("SIGTERM");
    const clock = new AbortController();
    const how = await Promise.race([ended, pause(STOP_MS, null, { signal: clock.signal }).catch(() => null)]);
    clock.abort();
    if (how === null) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
    if (early) throw failure(`${how} before it was asked to stop`);
    if (how === null) throw failure(`did not stop within ${STOP_MS} ms`);
  };

  try {
    const clock = new AbortController();
    const url = await Promise.race([
      address,
      ended.then((how) => Promise.reject(failure(how))),
      pause(START_MS, null, { signal: clock.signal }).then(
        () => Promise.reject(failure("printed no address")),
        () => null,
      ),
    ]);
    clock.abort();
    await imported(url, sessions, failure);
    const key = () => {
      const flags = ["--data-dir", join(folder, "data"), "--home", empty];
      return execFileSync(BINARY, ["key", "create", "plugin", ...flags], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    };
    return { url, stop, key };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

async function imported(url, sessions, failure) {
  const deadline = Date.now() + START_MS;
  let last = "no answer";
  while (Date.now() < deadline) {
    try {
      const response = await fetch(`${url}/import/progress`, { headers: { accept: "application/json" } });
      last = await response.text();
      const progress = response.ok ? JSON.parse(last) : {};
      if (progress.error) throw failure(`could not import: ${progress.error}`);
      if (progress.running === false && progress.sessions >= sessions) return;
    } catch (error) {
      if (error.message.includes("could not import")) throw error;
      last = error.message;
    }
    await pause(50);
  }
  throw failure(`did not finish its import in ${START_MS} ms; last progress: ${last}`);
}

/** What a page still asks for must not be asked of a server that is gone. */
async function leave(page) {
  if (!page.isClosed()) await page.goto("about:blank");
}

export const test = base.extend({
  /** OpenSync with the sessions of the fixtures; tests share it and must not change it. */
  archive: [
    async ({}, use) => {
      const home = mkdtempSync(join(tmpdir(), "opensync-e2e-home-"));
      for (const store of STORES) symlinkSync(join(FIXTURES, "home", store), join(home, store));
      const running = await serve(home, { sessions: SESSIONS.length });
      await use(running);
      await running.stop();
      rmSync(home, { recursive: true, force: true });
    },
    { scope: "worker", timeout: 2 * START_MS },
  ],

  /** OpenSync for somebody who has used none of the tools yet. */
  emptyArchive: [
    async ({}, use) => {
      const running = await serve(null, { sessions: 0 });
      await use(running);
      await running.stop();
    },
    { scope: "worker", timeout: 2 * START_MS },
  ],

  /** Makes an archive for one test from sessions as `writeSession` takes them; gives its address. */
  archiveOf: async ({ page }, use) => {
    const started = [];
    const homes = [];
    await use(async (sessions) => {
      const home = mkdtempSync(join(tmpdir(), "opensync-e2e-home-"));
      homes.push(home);
      sessions.forEach((session, index) => writeSession(home, { number: index + 1, ...session }));
      const running = await serve(home, { sessions: sessions.length });
      started.push(running);
      return running.url;
    });
    await leave(page);
    await Promise.all(started.map((running) => running.stop()));
    for (const home of homes) rmSync(home, { recursive: true, force: true });
  },

  /** Makes an archive for one test over a home that goes on changing; `prepare(home)` writes `count` sessions. */
  growing: async ({ page }, use) => {
    const home = mkdtempSync(join(tmpdir(), "opensync-e2e-home-"));
    let running;
    await use(async (prepare, count) => {
      prepare(home);
      running = await serve(home, { sessions: count });
      return { url: running.url, home, key: running.key };
    });
    await leave(page);
    await running?.stop();
    rmSync(home, { recursive: true, force: true });
  },

  baseURL: async ({ archive }, use) => use(archive.url),

  /** Any page: a script error, a refused resource or a request to another machine fails the test. */
  page: async ({ page }, use) => {
    const trouble = [];
    page.on("pageerror", (error) => trouble.push(`script error: ${error.message}`));
    page.on("console", (message) => {
      // What does not exist, and a form that could not be used: tests ask for both.
      const refused = /the server responded with a status of (404|422)/.test(message.text());
      if (message.type() === "error" && !refused) trouble.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (/^(http|ws)s?:$/.test(url.protocol) && url.hostname !== "127.0.0.1") trouble.push(`request to ${url.origin}`);
    });
    await use(page);
    expect(trouble).toEqual([]);
  },
});

// --- words of the pages ----------------------------------------------------------------------------
// Locators live here, so that a change of wording is a change in one place.

export const LIST = "/sessions";

export const table = (page) => page.getByRole("table", { name: "Sessions" });

/** The sessions of the list: neither its heads nor the link to its next page. */
export const rows = (page) =>
  table(page).getByRole("row").filter({ has: page.getByRole("cell") }).filter({ has: page.locator("time") });

/** The row that has a session of this title. */
export const row = (page, title) => rows(page).filter({ has: page.getByRole("link", { name: title, exact: true }) });

/** The link that opens a session. */
export const link = (page, title) => table(page).getByRole("link", { name: title, exact: true }).first();

/** All titles of the loaded rows, in order. The first link of a row is its title. */
export const titles = (page) =>
  rows(page).evaluateAll((all) => all.map((one) => one.querySelector("a").textContent.replace(/\s+/g, " ").trim()));

/** When the sessions of the loaded rows were created, in order. */
export const times = (page) =>
  rows(page).evaluateAll((all) => all.map((one) => Date.parse(one.querySelector("time").dateTime)));

export const head = (page, name) => table(page).getByRole("columnheader", { name });

export const filters = (page) => page.getByRole("search", { name: "Filter sessions" });

export const searchField = (page) => filters(page).getByRole("searchbox");

export const chips = (page) => page.getByRole("list", { name: "Active filters" }).getByRole("listitem");

/** Opens a menu of the filters, `Source` for one, and gives it. */
export async function openMenu(page, name) {
  const summary = page.locator("summary").filter({ hasText: new RegExp(`^\\s*${name}\\b`) });
  const menu = filters(page).locator("details").filter({ has: summary }).last();
  if ((await menu.getAttribute("open")) === null) await menu.locator("summary").click();
  await expect(menu).toHaveAttribute("open");
  return menu;
}

/** The checkbox of a menu that a text begins with; a count follows. */
export const option = (menu, name) => menu.getByRole("checkbox", { name: new RegExp(`^${name}\\b`) });

export const conversation = (page) => page.getByRole("region", { name: "Conversation" });

export const heading = (page, title) => page.getByRole("heading", { level: 1, name: title, exact: true });

/** The address of a session's own page, from any link that opens it. */
export function ownPage(href) {
  const url = new URL(href, "http://127.0.0.1");
  return `/sessions/${url.searchParams.get("session") ?? url.pathname.split("/").at(-1)}`;
}

/** Opens the own page of a listed session. */
export async function goToSession(page, label) {
  const { title, source } = expected(label);
  await page.goto(`${LIST}?source=${source}`);
  const href = await link(page, title).getAttribute("href");
  await page.goto(ownPage(href));
  await expect(heading(page, title)).toBeVisible();
}

/** Fails when the page can be scrolled sideways. */
export async function expectNoSidewaysScroll(page) {
  const { wide, seen } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    seen: document.documentElement.clientWidth,
  }));
  expect(wide, `content of ${new URL(page.url()).pathname} is wider than the window`).toBeLessThanOrEqual(seen);
}
