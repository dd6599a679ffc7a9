/** The room of sinks, in a browser. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ofType, runDev } from "../cli/dev-machine.ts";
import { after } from "../ending.ts";
import { bucket, fn, mapping, project, stream, table, template } from "../local/run/templates.ts";
import { launch, openPage, picture, violations } from "./browser.ts";
import { missingBrowser } from "./missing.ts";
import { putTogether } from "./put-together.ts";

const why = missingBrowser();

const archive = `
import { json, kinesisConsumer } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { ndjson, opensearchSink, s3Sink, sinkTo } from "shardmill/sinks";
export const handler = kinesisConsumer({
  consumer: "archive",
  decode: json<{ id: string }>(),
  progress: dynamodbProgress({ tableName: "progress" }),
  processBatch: sinkTo(
    s3Sink<{ id: string }>({ bucket: "archive", prefix: "orders/", format: ndjson() }),
    opensearchSink<{ id: string }>({ endpoint: process.env.SEARCH, index: "orders", maxAttempts: 1 }),
  ),
});`;

/** As OpenSearch: busy at first, and then it takes documents, but for one that it never takes. */
async function search() {
  const error = { type: "mapper_parsing_exception", reason: "no such field" };
  let requests = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const isBusy = requests++ < 1;
    const documents = body
      .trim()
      .split("\n")
      .filter((_, place) => place % 2 === 1);
    const items = documents.map((text) => ({
      create: text.includes("never") ? { status: 400, error } : { status: 201 },
    }));
    response.writeHead(isBusy ? 429 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(isBusy ? { error: "busy" } : { errors: false, items }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.skipIf(why !== undefined)("sinks in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(() => browser?.close());

  it("shows where records went, what was refused there and why, and in which batch", async () => {
    const at = project({ "archive.ts": archive });
    const dev = runDev(
      at.root,
      template(at.root, {
        streams: [stream("orders")],
        tables: [table("progress", "pk", "sk")],
        buckets: [bucket("archive")],
        functions: [
          fn("archive", at.at("archive.ts"), { environment: { SEARCH: await search() } }),
        ],
        mappings: [
          mapping("archive", "orders", { functionResponseTypes: ["ReportBatchItemFailures"] }),
        ],
      }),
    );
    const { endpoints, page: url } = await dev.next(ofType("ready"));
    const { page, context, wrong } = await openPage(browser, url);
    const link = page.getByRole("navigation").getByRole("link", { name: "Sinks" });
    expect(await link.count()).toBe(0);
    await putTogether(endpoints.kinesis, "orders", "customer 1", ["one", "two", "never"]);
    await link.click();
    const places = page.getByRole("table").first();
    await places.getByRole("row", { name: /_bulk POST \d+ .*1 request/ }).waitFor();
    await places.getByRole("row", { name: /s3 archive PutObject \d+/ }).waitFor();
    await places.getByRole("row", { name: /progress \(progress, parked\) PutItem/ }).waitFor();
    const refused = page.getByRole("region", { name: "Requests of archive that were refused" });
    await refused.getByText("429: Too Many Requests").waitFor();
    // What the sink says of the record that is never taken.
    const records = page.getByRole("region", { name: "Records of archive that were refused" });
    await records
      .getByText(/400 mapper_parsing_exception: no such field/)
      .first()
      .waitFor();
    // And what the shard waits for because of it.
    await page.getByText(/before it tries the batch again that failed: .*no such field/).waitFor();
    await picture(page, "sinks");
    await page.getByText("The newest requests of archive").click();
    await page
      .getByText(/^orders\/orders\/shardId-\d+\/.*\.ndjson$/)
      .first()
      .click();
    await page
      .getByRole("region", { name: /of text|of JSON/ })
      .getByText('{"id":"one"}')
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await records.getByRole("link").first().click();
    await page.getByRole("heading", { name: "What it asked of other services" }).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(wrong).toEqual([]);
    await context.close();
  }, 90_000);
});
