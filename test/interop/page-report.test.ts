/** `shardmill replay --report` and `--page`, in a browser. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replayCommand } from "../../packages/cli/src/replay/command.ts";
import { fn, mapping, project, stream, table, template } from "../local/run/templates.ts";
import { launch, openPage, patience, picture, room, violations } from "./browser.ts";
import { missingBrowser } from "./missing.ts";

const why = missingBrowser();

const handler = `
import { json, kinesisConsumer } from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
export const handler = kinesisConsumer({
  consumer: "orders",
  decode: json<{ id: string }>(),
  uniqueId: ({ id }) => id,
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  park: dynamodbParking({ tableName: process.env.PROGRESS_TABLE }),
  maxAttempts: 2,
  process({ id }) {
    console.log("shipping", id);
    if (id.startsWith("bad")) throw new TypeError("no stock of " + id);
  },
});`;

const lines = (...ids: readonly string[]) =>
  ids.map((id) => `${JSON.stringify({ id, customer: `customer of ${id}` })}\n`).join("");

function replaying(ids: readonly string[], ...options: readonly string[]) {
  const at = project({ "orders.ts": handler, "orders.ndjson": lines(...ids) });
  const interrupted = new AbortController();
  let out = "";
  let err = "";
  const heard = new Set<() => void>();
  const ended = replayCommand(["orders", at.at("orders.ndjson"), "--key", "customer", ...options], {
    out: { write: (text) => (out += text) },
    err: {
      write(text) {
        err += text;
        for (const look of heard) look();
      },
    },
    signal: interrupted.signal,
    cwd: at.root,
    env: {},
    readTemplate: async () =>
      template(at.root, {
        streams: [stream("orders", 2)],
        tables: [table("progress", "pk", "sk")],
        functions: [
          fn("orders", at.at("orders.ts"), { environment: { PROGRESS_TABLE: "progress" } }),
        ],
        mappings: [
          mapping("orders", "orders", {
            bisectBatchOnFunctionError: true,
            functionResponseTypes: ["ReportBatchItemFailures"],
          }),
        ],
      }),
  });
  const says = (what: RegExp) =>
    new Promise<RegExpExecArray>((resolve) => {
      const look = () => {
        const found = what.exec(err);
        if (found) resolve(found);
      };
      heard.add(look);
      look();
    });
  return { at, ended, says, out: () => out, err: () => err, stop: () => interrupted.abort() };
}

describe.skipIf(why !== undefined)("a replay in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(() => browser?.close());

  it("its report is one file that shows the run without network, whatever the payloads say", async () => {
    const hostile = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>";
    const run = replaying(["first", "bad 1", "first", hostile], "--report", "run.html");
    expect(await run.ended).toBe(0);
    expect(run.err()).toMatch(/^Report run\.html, 0\.\d MB$/m);
    const url = pathToFileURL(run.at.at("run.html")).href;
    const { page, context, wrong } = await openPage(browser, url, /^A report of /, {
      offline: true,
    });
    // What the command said, and the lanes of the whole run.
    await page.getByText(/^put +4 into orders/).waitFor();
    await page.getByText("Batches of orders, the newest first").first().waitFor();
    await picture(page, "report");
    expect(await violations(page)).toEqual([]);
    expect(await page.title()).toMatch(/^shardmill replay orders/);

    await room(page, "Records");
    await page.getByText(hostile).first().waitFor();
    await page.getByText(/^It failed 2 times, now with TypeError: no stock of bad 1/).waitFor();
    await page
      .getByText(/unique id first/)
      .first()
      .waitFor();
    expect(await page.getByRole("button", { name: /Put/ }).count()).toBe(0);
    expect(await page.locator("td img, td script").count()).toBe(0);
    await page.getByLabel("Search").fill("no stock");
    await expect.poll(() => page.locator("tbody tr").count(), { timeout: patience }).toBe(0);
    await page.getByLabel("Search").fill("bad 1");
    await expect.poll(() => page.locator("tbody tr").count(), { timeout: patience }).toBe(1);
    expect(await violations(page)).toEqual([]);

    await room(page, "Progress");
    await page.getByLabel("Log").selectOption({ index: 1 });
    await page
      .getByText(/^Parked: \d+\.$/)
      .first()
      .waitFor();
    await room(page, "Parked");
    await page.getByText("TypeError: no stock of bad 1").waitFor();
    expect(await page.getByRole("button", { name: /Redrive/ }).count()).toBe(0);

    await room(page, "Shards");
    const lists = page.getByText("Batches of orders, the newest first");
    await lists.first().waitFor();
    for (const list of await lists.all()) await list.click();
    await page.locator(".tree a").first().click();
    await page.getByRole("heading", { name: "A batch of orders" }).waitFor();
    await page
      .getByText(/shipping/)
      .first()
      .waitFor();
    expect(await violations(page)).toEqual([]);
    expect(wrong).toEqual([]);
    expect(readFileSync(run.at.at("run.html"), "utf8")).not.toMatch(/(src|href)="(?!data:,)/);
    await context.close();
  }, 90_000);

  it("its page stays until Ctrl-C, and brings back what is parked", async () => {
    const run = replaying(["first", "bad 1"], "--page", "--json");
    const [, url = ""] = await run.says(/^Page (http\S+)$/m);
    await run.says(/^The page stays until Ctrl-C\.$/m);
    expect(JSON.parse(run.out())).toMatchObject({ put: 2, parked: 1, lost: 0 });
    const { page, context, wrong } = await openPage(browser, url);
    await page.getByText(/^put +2 into orders/).waitFor();
    await room(page, "Parked");
    await page.getByRole("button", { name: /^Redrive customer of bad 1$/ }).click();
    await page.getByRole("status").getByText("no stock of bad 1").waitFor();
    expect(wrong).toEqual([]);
    await context.close();
    run.stop();
    expect(await run.ended).toBe(0);
  }, 90_000);
});
