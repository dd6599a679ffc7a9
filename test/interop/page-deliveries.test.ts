/** The room of delivery streams, in a browser. */
import { FirehoseClient, PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ofType, runDev } from "../cli/dev-machine.ts";
import { bucket, deliveryStream, fn, project, template } from "../local/run/templates.ts";
import { launch, openPage, picture, room, violations } from "./browser.ts";
import { missingBrowser } from "./missing.ts";

const why = missingBrowser();

/** Writes lines in capitals, and drops comments. */
const loud = `export const handler = async ({ records }: any) => ({
  records: records.map(({ recordId, data }: any) => {
    const text = Buffer.from(data, "base64").toString();
    if (text.startsWith("#")) return { recordId, result: "Dropped" };
    return { recordId, result: "Ok", data: Buffer.from(text.toUpperCase() + "\\n").toString("base64") };
  }),
});`;

describe.skipIf(why !== undefined)("delivery streams in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(() => browser?.close());

  it("a buffer fills, is delivered by a button, and the object shows what is in it", async () => {
    const at = project({ "loud.ts": loud });
    const dev = runDev(
      at.root,
      template(at.root, {
        buckets: [bucket("archive")],
        functions: [fn("loud", at.at("loud.ts"))],
        deliveryStreams: [
          deliveryStream("lines", {
            ExtendedS3DestinationConfiguration: {
              BucketARN: "arn:aws:s3:::archive",
              Prefix: "lines/",
              BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 900 },
              ProcessingConfiguration: {
                Enabled: true,
                Processors: [
                  {
                    Type: "Lambda",
                    Parameters: [
                      { ParameterName: "LambdaArn", ParameterValue: fn("loud", "").arn },
                      { ParameterName: "BufferIntervalInSeconds", ParameterValue: "900" },
                    ],
                  },
                ],
              },
            },
          }),
        ],
      }),
    );
    const { endpoints, page: url } = await dev.next(ofType("ready"));
    const client = new FirehoseClient({
      ...{ endpoint: endpoints.firehose, region: "us-east-1" },
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const Records = ["one", "# two", "<b>three</b>"].map((line) => ({ Data: Buffer.from(line) }));
    await client.send(new PutRecordBatchCommand({ DeliveryStreamName: "lines", Records }));
    client.destroy();

    const { page, context, wrong } = await openPage(browser, url);
    await room(page, "Deliveries");
    await page.getByText("3 in its buffers").waitFor();
    await page.getByText(/until 64 MiB are there, or 900 s have passed/).waitFor();
    await page.getByRole("button", { name: "Deliver now what lines holds" }).click();
    await page.getByText("0 in its buffers").waitFor();
    await page.getByText(/2 delivered, 1 dropped, 0 failed/).waitFor();
    await page.getByText(/^archive\/lines\//).click();
    await page.getByRole("region").getByText("ONE <B>THREE</B>").waitFor();
    await picture(page, "deliveries");
    expect(await violations(page)).toEqual([]);
    expect(wrong).toEqual([]);
    await context.close();
  }, 90_000);
});
