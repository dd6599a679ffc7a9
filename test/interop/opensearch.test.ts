/** opensearchSink, the local Firehose and `shardmill replay` against a real OpenSearch: test/interop/opensearch.ts starts one. */
import fc from "fast-check";
import { type OpensearchSinkOptions, opensearchSink } from "shardmill/sinks";
import { describe, expect, it } from "vitest";
import { replayCommand } from "../../packages/cli/src/replay/command.ts";
import {
  createDeliveryStream,
  memoryBucket,
  readFailureObject,
} from "../../packages/services/src/firehose/index.ts";
import type { VirtualClock } from "../../src/time/virtual-clock.ts";
import { deliveryStream, fn, project, template } from "../local/run/templates.ts";
import { anyCourse, type Course, type Row, run } from "../sinks/deliveries.ts";

const endpoint = process.env.OPENSEARCH_URL ?? "";
const runs = { numRuns: 25 };

async function ask(path: string, method = "GET", body?: unknown): Promise<any> {
  const response = await fetch(`${endpoint}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return response.json();
}

let last = 0;
const newIndex = () => `interop-${process.pid}-${++last}`;

async function countOf(index: string): Promise<number> {
  await ask(`/${index}/_refresh`, "POST");
  return (await ask(`/${index}/_count`)).count;
}

/** What a course leaves in an index of its own. */
async function leftBy(course: Course, options: Partial<OpensearchSinkOptions<Row>> = {}) {
  const index = newIndex();
  await run(course, {
    options: { order: "none" },
    patience: 30_000,
    sink: (outside, runtime) =>
      opensearchSink<Row>({
        ...{ endpoint, index, runtime, ...options },
        fetch: (url, init) =>
          outside(async () => {
            // Virtual time stands still for what is real.
            const idle = (runtime.clock as VirtualClock).busy();
            try {
              const answer = await fetch(url, { ...init, signal: null });
              return new Response(await answer.text(), { status: answer.status });
            } finally {
              idle();
            }
          }),
      }),
  });
  const count = await countOf(index);
  const { hits } = await ask(`/${index}/_search?size=100`);
  expect(hits.hits).toHaveLength(count);
  await ask(`/${index}`, "DELETE");
  return hits.hits.map(({ _source }: any) => _source) as Row[];
}

const byId = (rows: readonly Row[]) => rows.toSorted((a, b) => a.id - b.id);

describe.skipIf(endpoint === "")("a real OpenSearch", () => {
  it(
    "has one document of each record, after any course of deliveries",
    () =>
      fc.assert(
        fc.asyncProperty(anyCourse(), async (course) => {
          expect(byId(await leftBy(course))).toEqual(course.rows);
        }),
        runs,
      ),
    600_000,
  );

  it(
    "has the last record of each key, after any course, where documents have versions",
    () =>
      fc.assert(
        fc.asyncProperty(anyCourse(), async (course) => {
          const there = await leftBy(course, { id: ({ key }) => key, version: ({ id }) => id });
          const lasts = [...new Map(course.rows.map((row) => [row.key, row])).values()];
          expect(byId(there)).toEqual(byId(lasts));
        }),
        runs,
      ),
    600_000,
  );

  it("counts what the local Firehose delivered, and what it did not take is in the failure object", async () => {
    const index = newIndex();
    await ask(`/${index}`, "PUT", { mappings: { properties: { n: { type: "integer" } } } });
    const bucket = memoryBucket();
    const stream = createDeliveryStream({
      ...{ name: "search", bucket, opensearch: endpoint },
      settings: {
        AmazonopensearchserviceDestinationConfiguration: {
          DomainARN: "arn:aws:es:us-east-1:123456789012:domain/search",
          ...{ IndexName: index, IndexRotationPeriod: "NoRotation" },
          S3Configuration: { BucketARN: "arn:aws:s3:::archive" },
        },
      },
    });
    for (let n = 0; n < 1000; n++) stream.put(Buffer.from(JSON.stringify({ n })));
    stream.put(Buffer.from('{"n":"no number"}'));
    stream.put(Buffer.from("{ no JSON"));
    await stream.close();
    expect(await countOf(index)).toBe(1000);
    expect(stream.counts).toMatchObject({ delivered: 1000, failed: 2, lost: 0 });
    const failures = [...bucket.objects.values()].flatMap(({ bytes }) =>
      readFailureObject(Buffer.from(bytes).toString()),
    );
    expect(failures.map(({ errorCode }) => errorCode)).toEqual(["400", "400"]);
  }, 60_000);

  it("counts what shardmill replay put through a function", async () => {
    const index = newIndex();
    const handler = `export const handler = async ({ records }: any) => ({
      records: records.map(({ recordId, data }: any) => ({ recordId, result: "Ok", data })),
    });`;
    const lines = Array.from({ length: 250 }, (_, n) => `${JSON.stringify({ n })}\n`);
    const at = project({ "same.ts": handler, "a.ndjson": lines.join("") });
    const same = fn("same", at.at("same.ts"));
    let out = "";
    const status = await replayCommand(["same", at.at("a.ndjson"), "--opensearch", endpoint], {
      out: { write: (text) => (out += text) },
      err: { write: () => true },
      ...{ signal: new AbortController().signal, cwd: at.root, env: {} },
      readTemplate: async () =>
        template(at.root, {
          functions: [same],
          deliveryStreams: [
            deliveryStream("search", {
              AmazonopensearchserviceDestinationConfiguration: {
                DomainARN: "arn:aws:es:us-east-1:123456789012:domain/search",
                ...{ IndexName: index, IndexRotationPeriod: "NoRotation" },
                S3Configuration: { BucketARN: "arn:aws:s3:::archive" },
                ProcessingConfiguration: {
                  Enabled: true,
                  Processors: [
                    {
                      Type: "Lambda",
                      Parameters: [{ ParameterName: "LambdaArn", ParameterValue: same.arn }],
                    },
                  ],
                },
              },
            }),
          ],
        }),
    });
    expect(out).toMatch(/\ndelivered +250\n/);
    expect(status).toBe(0);
    expect(await countOf(index)).toBe(250);
  }, 60_000);
});
