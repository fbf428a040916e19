// The settings make API keys and say how plugins use them.

import { expect, expectNoSidewaysScroll, heading, test } from "./support.js";

const section = (page, name) => page.getByRole("region", { name, exact: true });

for (const scripts of [true, false]) {
  test.describe(scripts ? "with scripts" : "without scripts @desktop", () => {
    test.use({ javaScriptEnabled: scripts });

    test("a key is made, seen once, and revoked", async ({ page, context, archiveOf }) => {
      const url = await archiveOf([]);
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.goto(`${url}/settings`);
      const keys = section(page, "API keys");
      await keys.getByLabel("New key for").fill("Work laptop");
      await keys.getByRole("checkbox", { name: "Admin" }).check();
      await keys.getByRole("button", { name: "Create key" }).click();
      const made = keys.getByRole("status");
      await expect(made).toContainText("“Work laptop” is made.");
      const key = await made.locator("code").textContent();
      expect(key).toMatch(/^osk_[\w-]{32}$/);
      expect(page.url()).not.toContain("osk_");
      if (scripts) {
        await made.getByRole("button", { name: "Copy: the new key" }).click();
        expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
        await expectNoSidewaysScroll(page);
      }
      const plugin = section(page, "Plugins").getByRole("group").filter({ hasText: "claude-code-sync" });
      await plugin.locator("summary").click();
      await expect(plugin).toContainText(`export CLAUDE_SYNC_CONVEX_URL='${url}'`);
      await expect(plugin).toContainText(`export CLAUDE_SYNC_API_KEY='${key}'`);

      const asks = () => page.request.get(`${url}/api/sessions`, { headers: { authorization: `Bearer ${key}` } });
      expect((await asks()).status()).toBe(200);
      await page.goto(`${url}/settings`);
      await expect(heading(page, "Settings")).toBeVisible();
      expect(await page.content()).not.toContain(key);
      await keys.getByRole("link", { name: "Revoke Work laptop" }).click();
      await expect(keys).toContainText("Revoke “Work laptop”?");
      await keys.getByRole("button", { name: "Revoke key" }).click();
      await expect(keys.getByRole("status")).toContainText("The key is revoked.");
      await expect(keys.getByRole("table")).toHaveCount(0);
      expect((await asks()).status()).toBe(401);
    });
  });
}
