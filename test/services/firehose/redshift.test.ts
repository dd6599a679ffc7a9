import { expect, test } from "vitest";
import { memoryBucket, type RedshiftCopy } from "../../../packages/services/src/firehose/index.ts";
import { describeStream } from "../../../packages/services/src/firehose/server/describe.ts";
import { bucketArn, rig } from "./rig.ts";

const toRedshift = (more: object = {}) => ({
  RedshiftDestinationConfiguration: {
    ClusterJDBCURL: "jdbc:redshift://cluster.example:5439/dev",
    RoleARN: "arn:aws:iam::123456789012:role/firehose",
    Username: "firehose",
    Password: "secret",
    CopyCommand: {
      DataTableName: "orders",
      DataTableColumns: "id, total",
      CopyOptions: "JSON 'auto'",
    },
    S3Configuration: { BucketARN: bucketArn, Prefix: "stage/" },
    ...more,
  },
});

/** A cluster that takes a COPY, or throws. */
function cluster(copy: (attempt: number) => void, more: object = {}) {
  const copies: RedshiftCopy[] = [];
  const times: number[] = [];
  const at = rig(toRedshift(more), {
    async copy(one) {
      copies.push(one);
      times.push(at.clock.now());
      copy(copies.length);
    },
  });
  const pauses = () => times.slice(1).map((time, i) => (time - times[i]!) / 1000);
  return { ...at, copies, pauses };
}

const refuse = () => {
  throw Object.assign(new Error("no such table"), { code: "Redshift.TableNotFound" });
};

test("an object of records, a manifest that names it, and a COPY of the manifest.", async () => {
  const { stream, put, keys, texts, copies } = cluster(() => {});
  put('{"id":1}', '{"id":2}');
  await stream.drain();
  const [stage, manifest, ...more] = keys().sort().reverse();
  expect(more).toEqual([]);
  expect(texts("stage/")).toEqual(['{"id":1}{"id":2}']);
  expect(stage).toMatch(/^stage\/\d{4}\/\d\d\/\d\d\/\d\d\/orders-1-/);
  expect(JSON.parse(texts("manifests/")[0]!)).toEqual({
    entries: [{ url: `s3://archive/${stage}`, mandatory: true }],
  });
  expect(copies.map(({ statement }) => statement)).toEqual([
    `COPY orders (id, total) FROM 's3://archive/${manifest}' CREDENTIALS 'aws_iam_role=arn:aws:iam::123456789012:role/firehose' MANIFEST JSON 'auto';`,
  ]);
  expect(stream.counts).toMatchObject({ incoming: 2, delivered: 2, failed: 0, lost: 0 });
});

test("COPYs run one after the other, in the order of their objects.", async () => {
  let running = 0;
  const order: number[] = [];
  const { stream, put, clock } = rig(toRedshift(), {
    async copy({ records }) {
      expect(++running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(records);
      running--;
    },
  });
  for (const records of [1, 2, 3]) {
    put(...Array.from({ length: records }, () => "{}"));
    await clock.advance(300_000);
  }
  await stream.drain();
  expect(order).toEqual([1, 2, 3]);
});

test("a COPY that fails is tried again for the duration, which holds the first attempt; then its manifest lies under errors/.", async () => {
  const { stream, put, pauses, keys, texts, copies } = cluster(refuse, {
    RetryOptions: { DurationInSeconds: 5 },
  });
  put("{}", "{}");
  await stream.drain();
  expect(pauses()).toEqual([1, 2, 4]);
  const failed = keys().filter((key) => key.startsWith("errors/manifests/"));
  expect(failed).toHaveLength(1);
  expect(texts("errors/")[0]).toBe(copies[0]!.manifest);
  expect(texts("stage/")).toEqual(["{}{}"]);
  expect(stream.counts).toMatchObject({ delivered: 0, failed: 2, lost: 0 });
  expect(stream.trace.filter(({ type }) => type === "request").at(-1)).toMatchObject({
    outcome: "failed",
    error: "Redshift.TableNotFound: no such table",
  });
});

test("with a duration of 0 nothing is tried again.", async () => {
  const { stream, put, copies } = cluster(refuse, { RetryOptions: { DurationInSeconds: 0 } });
  put("{}");
  await stream.drain();
  expect(copies).toHaveLength(1);
});

test("a COPY that failed once is loaded by its second try.", async () => {
  const { stream, put, keys } = cluster((attempt) => (attempt === 1 ? refuse() : undefined));
  put("{}");
  await stream.drain();
  expect(stream.counts).toMatchObject({ delivered: 1, failed: 0 });
  expect(keys().filter((key) => key.startsWith("errors/"))).toEqual([]);
});

test("without a cluster the statement and its manifest lie in the outbox.", async () => {
  const outbox = memoryBucket();
  const { stream, put, keys } = rig(toRedshift(), { outbox });
  put("{}");
  await stream.drain();
  const text = (name: string) => Buffer.from(outbox.objects.get(name)!.bytes).toString();
  expect([...outbox.objects.keys()].sort()).toEqual([
    "orders/000001.manifest.json",
    "orders/000001.sql",
  ]);
  const manifest = keys().find((key) => key.startsWith("manifests/"));
  expect(text("orders/000001.sql")).toContain(`FROM 's3://archive/${manifest}'`);
  expect(JSON.parse(text("orders/000001.manifest.json")).entries).toHaveLength(1);
  expect(stream.counts).toMatchObject({ delivered: 1 });
});

test("the source backup has a bucket of its own.", async () => {
  const { stream, put, texts } = cluster(() => {}, {
    S3BackupMode: "Enabled",
    S3BackupConfiguration: { BucketARN: bucketArn, Prefix: "backup/" },
  });
  put("{}");
  await stream.drain();
  expect(texts("backup/")).toEqual(["{}"]);
  expect(stream.counts).toMatchObject({ delivered: 1, backedUp: 1 });
});

test("a COPY that could not read what is compressed is warned of.", () => {
  const S3Configuration = { BucketARN: bucketArn, CompressionFormat: "GZIP" };
  expect(cluster(() => {}, { S3Configuration }).stream.warnings).toEqual([
    expect.stringContaining("CopyOptions: has no GZIP"),
  ]);
  const CopyCommand = { DataTableName: "orders", CopyOptions: "json 'auto' gzip" };
  expect(cluster(() => {}, { S3Configuration, CopyCommand }).stream.warnings).toEqual([]);
});

test.each([
  [{ ClusterJDBCURL: "redshift.example" }, "ClusterJDBCURL"],
  [{ Password: undefined }, "Password is missing"],
  [{ CopyCommand: undefined }, "CopyCommand is missing"],
  [{ CopyCommand: {} }, "DataTableName is missing"],
  [{ S3Configuration: { BucketARN: bucketArn, CompressionFormat: "ZIP" } }, "COPY cannot read"],
  [
    {
      S3Configuration: {
        BucketARN: bucketArn,
        Prefix: "!{timestamp:yyyy}/",
        ErrorOutputPrefix: "!{firehose:error-output-type}/",
      },
    },
    "has expressions",
  ],
  [{ S3BackupMode: "Enabled" }, "S3BackupConfiguration is missing"],
])("settings that Firehose refuses are refused: %j", (more, why) => {
  expect(() => cluster(() => {}, more)).toThrow(why);
});

test("it is described as AWS describes it, without the password.", () => {
  const [described] = describeStream(cluster(() => {}).stream).Destinations as any[];
  expect(described.RedshiftDestinationDescription).toMatchObject({
    ClusterJDBCURL: "jdbc:redshift://cluster.example:5439/dev",
    S3DestinationDescription: { BucketARN: bucketArn },
  });
  expect(JSON.stringify(described)).not.toContain("secret");
});
