/**
 * The page of `shardmill dev`, as a person uses it, in a browser. `SCREENSHOTS=1 npx vitest run test/interop/page` writes the pictures of
 * docs/page.md anew.
 */
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ofType, runDev } from "../cli/dev-machine.ts";
import { fn, mapping, project, stream, table, template } from "../local/run/templates.ts";
import { launch, openPage, patience, picture, room, violations } from "./browser.ts";
import { missingBrowser } from "./missing.ts";

const why = missingBrowser();
if (why !== undefined) console.log(`Skipped the page of dev in a browser: ${why}.`);

const handler = (process: string) => `
import { json, kinesisConsumer } from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
export const handler = kinesisConsumer({
  consumer: "orders",
  decode: json<{ id: string }>(),
  uniqueId: ({ id }) => id,
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  park: dynamodbParking({ tableName: process.env.PROGRESS_TABLE }),
  maxAttempts: 3,
  process({ id }) {
    console.log("shipping", id);
    ${process}
  },
});`;

const breaks = `if (id.startsWith("bad")) throw new TypeError("no stock of " + id);`;

/** A project with two shards, its handler in a file, and the page of its `dev`. */
async function running(code: string) {
  const at = project({ "orders.ts": handler(code) });
  const declared = template(at.root, {
    streams: [stream("orders", 2)],
    tables: [table("progress", "pk", "sk")],
    functions: [fn("orders", at.at("orders.ts"), { environment: { PROGRESS_TABLE: "progress" } })],
    mappings: [
      {
        ...mapping("orders", "orders", {
          bisectBatchOnFunctionError: true,
          functionResponseTypes: ["ReportBatchItemFailures"],
          maximumBatchingWindowInSeconds: 1,
        }),
        consumerArn: `${stream("orders").arn}/consumer/fast:1`,
      },
    ],
  });
  const dev = runDev(at.root, declared);
  const ready = await dev.next(ofType("ready"));
  const { kinesis } = ready.endpoints as { readonly kinesis: string };
  return { at, dev, kinesis, url: ready.page as string };
}

/** In one request, so that they come in one batch however slow the machine is. */
async function putTogether(endpoint: string, PartitionKey: string, ids: readonly string[]) {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new KinesisClient({ endpoint, region: "us-east-1", credentials });
  const Records = ids.map((id) => ({ PartitionKey, Data: Buffer.from(JSON.stringify({ id })) }));
  await client.send(new PutRecordsCommand({ StreamName: "orders", Records }));
  client.destroy();
}

describe.skipIf(why !== undefined)("the page of dev", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(() => browser?.close());

  async function put(page: Page, key: string, text: string): Promise<void> {
    await page.getByLabel("Partition key").fill(key);
    await page.getByLabel("Data").fill(text);
    await page.getByRole("button", { name: "Put into orders" }).click();
    await page.getByText(/^Put into shardId-\d+ as \d+\.$/).waitFor();
  }

  it("a record is put by the form and processed; one that fails is retried, halved, parked, and comes back", async () => {
    const { at, dev, kinesis, url } = await running(breaks);
    const { page, context, wrong } = await openPage(browser, url);
    // Whoever sees the address does not see the token.
    expect(page.url()).not.toContain("token");

    await room(page, "Records");
    await put(page, "customer 1", '{"id":"first"}');
    await page.getByText(/^It was processed now, and the log says so, up to entry 1\.$/).waitFor();
    await put(page, "customer 1", '{"id":"first"}');
    await page
      .getByText(/^Another record with the unique id first was done before: entry 1/)
      .waitFor();
    // What somebody else wrote is text, whatever it says.
    await put(page, "<img src=x onerror=alert(1)>", '{"id":"<b>bold</b>"}');
    await page.getByText('{"id": "<b>bold</b>"}').first().waitFor();
    expect(await page.locator("td img, td b").count()).toBe(0);
    expect(await violations(page)).toEqual([]);

    // Two that fail, in one batch: the retries, and the halves.
    await putTogether(kinesis, "customer 1", ["bad 1", "bad 2"]);
    await put(page, "x", '{"id":"good 3"}');
    await dev.next(ofType("parked"));
    await dev.next(ofType("parked"));
    await picture(page, "records");
    await page.getByLabel("Search").fill("bad 2");
    await expect.poll(() => page.locator("tbody tr").count(), { timeout: patience }).toBe(1);

    await room(page, "Shards");
    await page
      .getByText(/Waits for records: all that were put are settled\./)
      .first()
      .waitFor();
    const lists = page.getByText("Batches of orders, the newest first");
    for (const list of await lists.all()) await list.click();
    await picture(page, "shards");
    expect(await violations(page)).toEqual([]);
    // A half stands within the batch that it is a part of.
    await page.locator(".tree .tree").first().waitFor();
    await page.locator(".tree .tree a").first().click();

    await page.getByRole("heading", { name: "A batch of orders" }).waitFor();
    await page
      .getByText(/^It failed 3 times, now with TypeError: no stock of bad/)
      .first()
      .waitFor();
    await page.getByText("shipping bad").first().waitFor();
    await picture(page, "batch");
    expect(await violations(page)).toEqual([]);

    await room(page, "Progress");
    await page
      .getByText(/^Parked: \d+\.$/)
      .first()
      .waitFor();
    await picture(page, "progress");
    expect(await violations(page)).toEqual([]);

    await room(page, "Parked");
    await page.getByText("TypeError: no stock of bad 1").waitFor();
    await picture(page, "parked");
    expect(await violations(page)).toEqual([]);
    at.write("orders.ts", handler(""));
    await dev.next((line) => line.type === "built" && line.saved.length > 0);
    const buttons = page.getByRole("button", { name: "Redrive customer 1" });
    await buttons.first().click();
    await page.getByRole("status").getByText("redriven").waitFor();
    await expect.poll(() => buttons.count(), { timeout: patience }).toBe(1);
    await page.getByRole("button", { name: "Redrive all of orders" }).click();
    await page.getByText("Nothing is parked.").waitFor();
    expect(wrong).toEqual([]);
    await context.close();
  }, 120_000);

  it("faults strike by a button, are told, and stand in the lanes", async () => {
    const { dev, kinesis, url } = await running("");
    const { page, context, wrong } = await openPage(browser, url);
    await page.getByLabel("How many records fail").fill("2");
    await page.getByRole("button", { name: "Fail records" }).click();
    await page
      .getByText("The next 2 times that orders is to process a record, it fails.")
      .waitFor();
    await putTogether(kinesis, "customer 1", ["one", "two"]);
    await dev.next((line) => line.type === "fault" && line.step === "struck");
    await page.getByText("A record fails on purpose.").first().waitFor();
    await page
      .getByText(/all that were put are settled/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Lose its answer" }).click();
    await page.getByText("The answer of orders to the next batch will be lost.").waitFor();
    await putTogether(kinesis, "customer 1", ["three"]);
    await page.getByText("The answer of orders is lost.").waitFor();
    await page
      .getByText(/✓ done \(1 redelivered\)|all that were put are settled/)
      .first()
      .waitFor();
    await page.getByLabel("For how many seconds tables are throttled").fill("0");
    await page.getByRole("button", { name: "Throttle the tables" }).click();
    await page.getByText("seconds: a whole number from 1 to 300, not 0.").waitFor();
    await picture(page, "faults");
    expect(await violations(page)).toEqual([]);
    expect(wrong.filter((text) => !/422/.test(text))).toEqual([]);
    await context.close();
  }, 90_000);
});
