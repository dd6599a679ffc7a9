/** Faults by a button of the page, through the whole of `dev`. */
import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { fn, mapping, project, stream, table, template } from "../local/run/templates.ts";
import { ofType, runDev } from "./dev-machine.ts";

const handler = `
import { json, kinesisConsumer } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
const ours = kinesisConsumer({
  consumer: "orders",
  decode: json<{ id: string }>(),
  uniqueId: ({ id }) => id,
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  async process({ id }) {
    if (id === "slow") await new Promise((resolve) => setTimeout(resolve, 2_000));
  },
});
export const handler = process.env.PLAIN ? async () => ({}) : ours;`;

async function running() {
  const at = project({ "orders.ts": handler });
  const file = at.at("orders.ts");
  const settings = { functionResponseTypes: ["ReportBatchItemFailures"] as const };
  const dev = runDev(
    at.root,
    template(at.root, {
      streams: [stream("orders"), stream("others")],
      tables: [table("progress", "pk", "sk")],
      functions: [
        fn("orders", file, { timeout: 10, environment: { PROGRESS_TABLE: "progress" } }),
        fn("plain", file, { environment: { PROGRESS_TABLE: "progress", PLAIN: "yes" } }),
      ],
      mappings: [
        {
          ...mapping("orders", "orders", settings),
          consumerArn: `${stream("orders").arn}/consumer/fast:1`,
        },
        mapping("plain", "others", settings),
      ],
    }),
  );
  const { endpoints, page } = await dev.next(ofType("ready"));
  const { origin, searchParams } = new URL(page);
  const headers = {
    "content-type": "application/json",
    "x-shardmill-token": searchParams.get("token")!,
  };
  const client = new KinesisClient({
    ...{ endpoint: endpoints.kinesis, region: "us-east-1" },
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  return {
    dev,
    async ask(fault: object) {
      const body = JSON.stringify(fault);
      const response = await fetch(`${origin}/api/fault`, { method: "POST", headers, body });
      return { status: response.status, answer: (await response.json()) as { message?: string } };
    },
    put: (id: string, StreamName = "orders") =>
      client.send(
        new PutRecordCommand({
          StreamName,
          PartitionKey: id,
          Data: Buffer.from(JSON.stringify({ id })),
        }),
      ),
  };
}

const batch = (outcome: string) => (line: any) => line.type === "batch" && line.outcome === outcome;
const struck = (fault: string) => (line: any) =>
  line.type === "fault" && line.fault === fault && line.step === "struck";
const fates = (line: any) => line.type === "fates";

test("records fail, an answer is lost, an environment is killed: each once, told, and made good", async () => {
  const { ask, dev, put } = await running();
  const { next } = dev;
  await put("warm");
  await next(batch("success"));
  await next(fates);

  await ask({ fault: "failRecords", functionName: "orders", records: 1 });
  await put("fails once");
  expect(await next(struck("failRecords"))).toMatchObject({
    ...{ functionName: "orders", stream: "orders", shardId: "shardId-000000000000" },
    text: "A record fails on purpose.",
  });
  expect((await next(fates)).records[0]).toMatchObject({
    ...{ outcome: "failed", attempt: 1 },
    error: { name: "FaultOnPurpose" },
  });
  await next(batch("failure"));
  expect((await next(fates)).records[0]).toMatchObject({ outcome: "processed" });
  await next(batch("success"));

  await ask({ fault: "loseAnswer", functionName: "orders" });
  await put("is lost");
  await next(struck("loseAnswer"));
  expect((await next(fates)).records[0]).toMatchObject({ outcome: "processed" });
  const lost = await next(batch("failure"));
  expect(lost.error.message).toBe("The answer was lost: a fault on purpose.");
  // It was done, and the log says so.
  expect((await next(fates)).records[0]).toMatchObject({ outcome: "redelivered" });
  await next(batch("success"));

  await ask({ fault: "kill", functionName: "orders" });
  await put("slow");
  const { requestId } = await next(struck("kill"));
  expect(await next(batch("failure"))).toMatchObject({
    ...{ requestId, error: { type: "Runtime.ExitError" } },
  });
  expect((await next(fates)).records[0]).toMatchObject({ outcome: "processed" });
}, 60_000);

test("of a function that is no consumer of ours the whole batch fails", async () => {
  const { ask, dev, put } = await running();
  await ask({ fault: "failRecords", functionName: "plain", records: 1 });
  await put("one", "others");
  const failed = await dev.next(batch("failure"));
  expect(failed.error.message).toBe("The batch fails: a fault on purpose.");
  await dev.next(batch("success"));
}, 30_000);

test("throttled tables refuse what functions ask of them, and not the page; then it is over", async () => {
  const { ask, dev, put } = await running();
  await put("warm");
  await dev.next(fates);
  await ask({ fault: "throttleTables", seconds: 2 });
  await dev.next(struck("throttleTables"));
  await put("waits");
  const over = await dev.next((line: any) => line.type === "fault" && line.step === "over");
  expect(over.text).toMatch(
    /^The tables are throttled no longer: [1-9]\d* requests were refused\.$/,
  );
  const processed = await dev.next(
    (line) => fates(line) && line.records[0].outcome === "processed",
  );
  expect(processed.records).toHaveLength(1);
}, 30_000);

test.each([
  [{ fault: "explode" }, "There is no fault explode."],
  [{ fault: "kill", functionName: "nobody" }, "There is no function nobody here."],
  [
    { fault: "failRecords", functionName: "orders", records: 0 },
    "records: a whole number from 1 to 1000, not 0.",
  ],
  [
    { fault: "throttleTables", seconds: "soon" },
    "seconds: a whole number from 1 to 300, not soon.",
  ],
])("%j is refused", async (fault, message) => {
  const { ask } = await running();
  expect(await ask(fault)).toEqual({ status: 422, answer: { message } });
});
