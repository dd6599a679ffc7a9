/** The example handler that scales, as serverless.yml runs it: with the environment's clients, and dry unless told otherwise. */
import { createServer } from "node:http";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";

const closing: (() => unknown)[] = [];
beforeEach(() => {
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.unstubAllEnvs();
});

it.each([
  ["true", 1],
  ["false", 2],
])("with DRY_RUN=%s a full stream of one shard has %i", async (dryRun, shards) => {
  const kinesis = createKinesis();
  kinesis.createStream({ name: "flights", shards: 1 });
  const server = await createKinesisServer({ kinesis });
  closing.push(() => server.close());
  vi.stubEnv("AWS_ENDPOINT_URL_KINESIS", server.endpoint);
  vi.stubEnv("AWS_ENDPOINT_URL_CLOUDWATCH", await fullStream());
  vi.stubEnv("FLIGHTS_STREAM", "flights");
  vi.stubEnv("DRY_RUN", dryRun);
  vi.resetModules();
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const { handler } = await import("../../handlers/scale-flights.ts");
  const [report] = await handler({ source: "aws.events" });
  expect(report).toMatchObject({ streamName: "flights", kind: "scale", target: 2 });
  expect(kinesis.describeStream({ stream: "flights" }).openShardCount).toBe(shards);
});

/** A CloudWatch for which every query has one minute, in which a shard was filled with bytes. */
async function fullStream(): Promise<string> {
  const at = Math.floor(Date.now() / 60_000) * 60 - 180;
  const values: Record<string, number> = {
    bytes: 60 * 1024 * 1024,
    records: 60,
    throttled: 0,
    age: 0,
  };
  const server = createServer((request, response) => {
    const isJson = request.headers["content-type"]?.includes("json");
    const results = Object.entries(values).map(([Id, value]) => ({
      Id,
      Timestamps: [at],
      Values: [value],
    }));
    response.setHeader("content-type", isJson ? "application/x-amz-json-1.0" : "text/xml");
    request.resume();
    request.on("end", () =>
      response.end(isJson ? JSON.stringify({ MetricDataResults: results }) : xml(results)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const xml = (results: readonly { Id: string; Timestamps: number[]; Values: number[] }[]) => `
<GetMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><GetMetricDataResult><MetricDataResults>${results
  .map(
    ({ Id, Timestamps, Values }) =>
      `<member><Id>${Id}</Id><Timestamps><member>${new Date(Timestamps[0]! * 1000).toISOString()}</member></Timestamps><Values><member>${Values[0]}</member></Values></member>`,
  )
  .join("")}</MetricDataResults></GetMetricDataResult></GetMetricDataResponse>`;
