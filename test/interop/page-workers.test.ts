/** The room of workers, in a browser. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kclLeases, runWorker } from "../../src/worker.ts";
import { ofType, runDev } from "../cli/dev-machine.ts";
import { project, stream, template } from "../local/run/templates.ts";
import { launch, openPage, picture, violations } from "./browser.ts";
import { missingBrowser } from "./missing.ts";
import { putTogether } from "./put-together.ts";

const why = missingBrowser();

describe.skipIf(why !== undefined)("workers in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(() => browser?.close());

  it("shows who has which shard, how far it is done, and how leases went from one to another", async () => {
    const at = project();
    const dev = runDev(at.root, template(at.root, { streams: [stream("orders", 2)] }));
    const { endpoints, page: url } = await dev.next(ofType("ready"));
    const { page, context, wrong } = await openPage(browser, url);
    const link = page.getByRole("navigation").getByRole("link", { name: "Workers" });
    expect(await link.count()).toBe(0);
    const common = {
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    };
    const kinesis = new KinesisClient({ ...common, endpoint: endpoints.kinesis });
    const tables = new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb });
    const work = (workerId: string) =>
      runWorker(async () => ({ batchItemFailures: [] }), {
        ...{ application: "billing", stream: "orders", workerId, client: kinesis },
        ...{ leases: kclLeases({ client: tables }), checkpointEveryMs: 500 },
      });
    const first = work("first");
    await first.ready;
    await putTogether(endpoints.kinesis, "orders", "customer 1", ["one", "two", "three"]);
    await link.click();
    await page.getByText(/first.* has 2 leases, last sign of life/).waitFor();
    const rows = page.getByRole("row", { name: /shardId-\d+ first/ });
    await rows
      .filter({ hasText: /496\d+ *0 records/ })
      .first()
      .waitFor();
    const second = work("second");
    await second.ready;
    await page.getByText(/second.* has 1 lease, /).waitFor();
    await page
      .getByText(/(first:\S+ hands it to second|second:\S+ has it).*/)
      .first()
      .waitFor();
    await picture(page, "workers");
    expect(await violations(page)).toEqual([]);
    await first.stop();
    await page.getByText(/second.* has 2 leases, /).waitFor();
    await second.stop();
    await page.getByText(/Nobody has 2 leases/).waitFor();
    await page
      .getByText(/second:\S+ has given it back\./)
      .first()
      .waitFor();
    expect(wrong).toEqual([]);
    kinesis.destroy();
    tables.destroy();
    await context.close();
  }, 90_000);
});
