/** The site as a person uses it: opened as files, on a phone, in the dark, by the keyboard. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildSite, writeSite } from "../../site/build.ts";
import { launch, openPage, violations } from "./browser.ts";
import { missingBrowser } from "./missing.ts";

const why = missingBrowser();
if (why !== undefined) console.log(`Skipped the site in a browser: ${why}.`);

describe.skipIf(why !== undefined)("the site", () => {
  const folder = mkdtempSync(join(tmpdir(), "shardmill-site-"));
  let browser: Browser;
  beforeAll(async () => {
    writeSite(await buildSite(), folder);
    browser = await launch();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const open = (page: string, how: BrowserContextOptions = {}) =>
    openPage(browser, pathToFileURL(join(folder, page)).href, "shardmill", how);

  it.each([
    ["index.html", {}],
    ["compare.html", { colorScheme: "dark" }],
    ["options.html", { viewport: { width: 390, height: 800 } }],
    ["decisions/index.html", { viewport: { width: 390, height: 800 }, colorScheme: "dark" }],
    ["source/handlers/orders.ts.html", {}],
    ["try.html", { colorScheme: "dark" }],
  ] as const)(
    "%s %j: axe-core finds nothing, and nothing goes beyond the screen",
    async (path, how) => {
      const { page, wrong, context } = await open(path, how);
      expect(await violations(page)).toEqual([]);
      const beyond = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect(beyond).toBe(0);
      expect(wrong).toEqual([]);
      await context.close();
    },
  );

  it("finds by the keyboard alone, from a page in a folder", async () => {
    const { page, wrong, context } = await open("decisions/index.html");
    await page.keyboard.press("/");
    await page.keyboard.type("what it costs");
    await page.getByText(/\d+ found/).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/progress\.html#what-it-costs$/);
    expect(wrong).toEqual([]);
    await context.close();
  });

  it("opens its pages on a phone by a button, and closes them by Escape", async () => {
    const { page, context } = await open("guide.html", { viewport: { width: 390, height: 800 } });
    const link = page.getByRole("link", { name: "When not to use it" }).first();
    expect(await link.isVisible()).toBe(false);
    await page.getByRole("button", { name: "Pages" }).press("Enter");
    await link.waitFor();
    await page.keyboard.press("Escape");
    expect(await link.isVisible()).toBe(false);
    await context.close();
  });

  it.each([
    ["light", 1200],
    ["dark", 390],
  ] as const)("plays records in the browser: in %s, %i pixels wide", async (colorScheme, width) => {
    const how = { colorScheme, viewport: { width, height: 800 } };
    const { page, wrong, context } = await open("try.html", how);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.getByRole("textbox", { name: /^Records/ }).fill("a one\nb two\na three\nc four");
    await page.getByLabel("Number of the record that fails").fill("9");
    await page.getByLabel("Retries").fill("1");
    await page.getByLabel("Retries").press("Enter");
    await page.getByText("Record 9 cannot fail: there are 4.").waitFor();

    await page.getByLabel("Number of the record that fails").fill("3");
    await page.getByRole("button", { name: "Put and run" }).press("Enter");
    await page.getByText(/^6 invocations/).waitFor();
    const steps = page.locator("ol.play > li");
    expect(await steps.locator("h3").allTextContents()).toEqual([
      "Invocation 1: a batch, at 0 s",
      "Invocation 2: a half of invocation 1, at 0 s",
      "Invocation 3: a half of invocation 1, at 0 s",
      "Invocation 4: a half of invocation 3, at 0 s",
      "Invocation 5: the batch of invocation 4 again, at 0.2 s",
      "Invocation 6: a half of invocation 3, at 0.2 s",
    ]);
    expect(await steps.nth(1).getByRole("listitem").allTextContents()).toEqual([
      "↻ 1 again",
      "↻ 2 again",
    ]);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);

    await page.getByLabel("Function").selectOption("kinesisConsumer");
    await page.getByRole("button", { name: "Put and run" }).click();
    await page.getByText("3 records done, 1 parked, 0 given up, 0 effects repeated.").waitFor();
    expect(await page.getByRole("row", { name: /^3 a three/ }).textContent()).toMatch(
      /neverparked$/,
    );
    expect(await violations(page)).toEqual([]);
    expect(wrong).toEqual([]);
    expect(asked).toEqual([]);
    await context.close();
  });
});
