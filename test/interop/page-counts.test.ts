/** `npm start -- --page`, in a browser. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, openPage, patience, picture, room, violations } from "./browser.ts";
import { missingBrowser } from "./missing.ts";

const why = missingBrowser();
const root = fileURLToPath(new URL("../..", import.meta.url));

describe.skipIf(why !== undefined)("the sample application in a browser", () => {
  let browser: Browser;
  let running: ChildProcess | undefined;
  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(async () => {
    running?.kill("SIGKILL");
    await browser?.close();
  });

  it("the bars of airports grow as flights come in, beside the shards that they come through", async () => {
    const { CI: _, ...env } = process.env;
    running = spawn(process.execPath, ["start/flights.ts", "--page"], { cwd: root, env });
    const ended = once(running, "exit");
    const url = await new Promise<string>((resolve) => {
      let err = "";
      running!.stderr!.on("data", (text) => {
        err += text;
        const [, found] = /^Page (http\S+)$/m.exec(err) ?? [];
        if (found) resolve(found);
      });
    });
    const { page, context, wrong } = await openPage(browser, url);
    const flightsOf = async (airport: string) => {
      const row = page.getByRole("row", { name: new RegExp(`^${airport} `) });
      await row.waitFor();
      return Number((await row.locator("td").first().innerText()).replaceAll(",", ""));
    };
    // The busiest airport of the file.
    await page.getByRole("row", { name: /^PHX / }).waitFor();
    const before = await flightsOf("PHX");
    await expect.poll(() => flightsOf("PHX"), { timeout: patience }).toBeGreaterThan(before + 20);
    await page.getByText(/^\d[\d,]* in the last 10 s$/).waitFor();
    await picture(page, "counts");
    expect(await violations(page)).toEqual([]);
    await room(page, "Shards");
    await page.getByText("Batches of departures, the newest first").first().waitFor();
    expect(await violations(page)).toEqual([]);
    expect(wrong).toEqual([]);
    await context.close();
    running.kill("SIGINT");
    expect((await ended)[0]).toBe(130);
  }, 90_000);
});
