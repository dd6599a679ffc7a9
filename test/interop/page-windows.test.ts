/** The room of windows, in a browser; and records as their function decodes them. */
import { gzipSync } from "node:zlib";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ofType, runDev } from "../cli/dev-machine.ts";
import { fn, mapping, project, stream, table, template } from "../local/run/templates.ts";
import { launch, openPage, picture, room, violations } from "./browser.ts";
import { missingBrowser } from "./missing.ts";

const why = missingBrowser();

/** Payloads are `AMZN=230.5@12`: a symbol, its price, the second of its minute. */
const perMinute = `
import { kinesisConsumer } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { count, max, tumbling } from "shardmill/windows";
export const handler = kinesisConsumer({
  consumer: "per-minute",
  decode(data: Uint8Array) {
    const [, symbol, price, at] = /^(\\w+)=([\\d.]+)@(\\d+)$/.exec(new TextDecoder().decode(data))!;
    return { symbol, price: Number(price), at: Date.UTC(2026, 0, 1) + 1000 * Number(at) };
  },
  progress: dynamodbProgress({ tableName: "progress" }),
  window: tumbling({ seconds: 60 }, {
    key: (t: any) => t.symbol,
    time: (t: any) => t.at,
    allowedLatenessInSeconds: 30,
    aggregate: { trades: count(), high: max((t: any) => t.price) },
  }),
  process(row) { console.log("row", row.key); },
});`;

describe.skipIf(why !== undefined)("windows in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(() => browser?.close());

  it("shows what is open, what it has come to, what it waits for, and what came late; records stand as their function decodes them", async () => {
    const at = project({ "per-minute.ts": perMinute });
    const dev = runDev(
      at.root,
      template(at.root, {
        streams: [stream("trades")],
        tables: [table("progress", "pk", "sk")],
        functions: [fn("per-minute", at.at("per-minute.ts"))],
        mappings: [
          mapping("per-minute", "trades", { functionResponseTypes: ["ReportBatchItemFailures"] }),
        ],
      }),
    );
    const { endpoints, page: url } = await dev.next(ofType("ready"));
    const client = new KinesisClient({
      ...{ endpoint: endpoints.kinesis, region: "us-east-1" },
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const put = (...lines: readonly (string | Uint8Array)[]) =>
      client.send(
        new PutRecordsCommand({
          StreamName: "trades",
          Records: lines.map((line) => ({ PartitionKey: "a", Data: Buffer.from(line) })),
        }),
      );
    const { page, context, wrong } = await openPage(browser, url);
    await put("AMZN=230.5@5", "AMZN=231@50", "MSFT=410@55");
    await page.getByRole("navigation").getByRole("link", { name: "Windows" }).click();
    await page.getByText(/takes it to 00:01:30.000 \(UTC\): 35.0 s more/).waitFor();
    const row = (name: RegExp) => page.getByRole("row", { name });
    await row(/AMZN 2026-01-01 00:00:00 2026-01-01 00:01:00 .* trades: 2, high: 231/).waitFor();
    await row(/MSFT .* trades: 1, high: 410/).waitFor();
    // Time goes on, and what comes after that is late.
    await put("AMZN=229@100", "MSFT=411.5@101", "AMZN=228@10");
    await page.getByText(/^2 rows given, 2 windows open/).waitFor();
    await page.getByText(/1 record came late and counted nowhere/).waitFor();
    await picture(page, "windows");
    expect(await violations(page)).toEqual([]);

    await room(page, "Records");
    await page.getByText("{ symbol: 'MSFT', price: 410,").waitFor();
    await put(gzipSync("nothing that it knows"));
    await page.getByText(/^per-minute cannot decode it: TypeError/).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(wrong).toEqual([]);
    client.destroy();
    await context.close();
  }, 90_000);
});
