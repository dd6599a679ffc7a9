/** Records that are parked in a bucket, as the page of `dev` shows them and brings them back. */
import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { bucket, fn, mapping, project, stream, table, template } from "../local/run/templates.ts";
import { ofType, runDev } from "./dev-machine.ts";

const handler = (process: string) => `
import { json, kinesisConsumer } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { s3Parking } from "shardmill/s3";
export const handler = kinesisConsumer({
  consumer: "orders",
  decode: json<{ id: string }>(),
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  park: s3Parking({ bucket: "failures" }),
  maxAttempts: 1,
  process() { ${process} },
});`;

test("a record that is parked in a bucket is shown with its payload, and comes back", async () => {
  const at = project({ "orders.ts": handler('throw new TypeError("no stock");') });
  const dev = runDev(
    at.root,
    template(at.root, {
      streams: [stream("orders")],
      tables: [table("progress", "pk", "sk")],
      buckets: [bucket("failures")],
      functions: [
        fn("orders", at.at("orders.ts"), { environment: { PROGRESS_TABLE: "progress" } }),
      ],
      mappings: [
        mapping("orders", "orders", { functionResponseTypes: ["ReportBatchItemFailures"] }),
      ],
    }),
  );
  const { endpoints, page } = await dev.next(ofType("ready"));
  const { origin, searchParams } = new URL(page);
  const headers = {
    "content-type": "application/json",
    "x-shardmill-token": searchParams.get("token")!,
  };
  const parked = async () =>
    (await (await fetch(`${origin}/api/parked`, { headers })).json()) as any[];
  const redrive = async (input: object) => {
    const how = { method: "POST", headers, body: JSON.stringify(input) };
    return (await (await fetch(`${origin}/api/redrive`, how)).json()) as any;
  };
  const client = new KinesisClient({
    ...{ endpoint: endpoints.kinesis, region: "us-east-1" },
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const Data = Buffer.from('{"id":"one"}');
  await client.send(new PutRecordCommand({ StreamName: "orders", PartitionKey: "a", Data }));
  client.destroy();
  await dev.next(ofType("parked"));
  await dev.next(ofType("batch"));
  const [item] = await parked();
  expect(item).toMatchObject({
    ...{ bucket: "failures", consumer: "orders", partitionKey: "a", attempts: 1 },
    error: { name: "TypeError", message: "no stock" },
    payload: { text: '{"id": "one"}' },
  });
  expect(item.table).toBeUndefined();
  expect(await redrive({ bucket: "others", consumer: "orders" })).toEqual({
    message: "There is no bucket others here.",
  });
  at.write("orders.ts", handler(""));
  await dev.next((line) => line.type === "built" && line.saved.length > 0);
  const { told } = await redrive({ bucket: "failures", consumer: "orders", ids: [item.id] });
  expect(told).toMatchObject([{ outcome: "redriven" }]);
  expect((await parked()).filter(({ state }) => state !== "redriven")).toEqual([]);
}, 60_000);
