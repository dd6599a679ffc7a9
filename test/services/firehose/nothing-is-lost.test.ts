import fc from "fast-check";
import { expect, test } from "vitest";
import { base64, lambdaProcessor, processing, processor, rig, text, toS3 } from "./rig.ts";

/** What the function does with a record, or with the invocation that has it. */
const fates = [
  "ok",
  "ok",
  "ok",
  "drop",
  "fail",
  "forget",
  "twice",
  "nonsense",
  "no data",
  "throw",
] as const;

const record = fc.record({
  fate: fc.constantFrom(...fates),
  key: fc.constantFrom("a", "b", "c", "d", ""),
  size: fc.integer({ min: 0, max: 300 }),
  /** Milliseconds until the next one. */
  pause: fc.constantFrom(0, 0, 0, 1000, 61_000, 400_000),
});

const world = fc.record({
  records: fc.array(record, { maxLength: 40 }),
  partitioned: fc.boolean(),
  backup: fc.boolean(),
  delimiter: fc.constantFrom("\\n", "|", "::"),
  compression: fc.constantFrom("UNCOMPRESSED", "GZIP"),
  retries: fc.integer({ min: 0, max: 2 }),
  /** How often a function that throws does so before it works. */
  bad: fc.integer({ min: 0, max: 4 }),
  /** How many of the first puts of objects fail. */
  failingPuts: fc.integer({ min: 0, max: 6 }),
  seed: fc.nat(),
});

test("Delivered, dropped and failed records together are the input, and the backup is all of it.", async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const { delimiter, records } = given;
      const settings = toS3({
        CompressionFormat: given.compression,
        ...(given.partitioned && {
          Prefix: "clean/!{partitionKeyFromQuery:key}/",
          DynamicPartitioningConfiguration: { Enabled: true },
        }),
        ...(!given.partitioned && { Prefix: "clean/" }),
        ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
        ...(given.backup && {
          S3BackupMode: "Enabled",
          S3BackupConfiguration: { BucketARN: "arn:aws:s3:::archive", Prefix: "raw/" },
        }),
        ...processing(
          lambdaProcessor({ NumberOfRetries: String(given.retries) }),
          processor("AppendDelimiterToRecord", { Delimiter: delimiter }),
          ...(given.partitioned
            ? [processor("MetadataExtraction", { MetadataExtractionQuery: "{key:.key}" })]
            : []),
        ),
      });
      let badLeft = given.bad;
      let failing = given.failingPuts;
      const at = rig(settings, {
        seed: given.seed,
        activePartitions: 3,
        bucket: {
          put(key, bytes, about) {
            if (failing-- > 0) throw new Error("503");
            at.bucket.put(key, bytes, about);
          },
        },
        invoke({ records }) {
          const values = records.map(({ recordId, data }) => ({
            recordId,
            data,
            fate: JSON.parse(text(data)).fate as (typeof fates)[number],
          }));
          if (values.some(({ fate }) => fate === "throw") && badLeft-- > 0) throw new Error("bad");
          return {
            records: values.flatMap(({ recordId, data, fate }): object[] => {
              const ok = { recordId, result: "Ok", data };
              switch (fate) {
                case "drop":
                  return [{ recordId, result: "Dropped" }];
                case "fail":
                  return [{ recordId, result: "ProcessingFailed", data }];
                case "forget":
                  return [];
                case "twice":
                  return [ok, ok];
                case "nonsense":
                  return [{ ...ok, result: "Fine" }];
                case "no data":
                  return [{ recordId, result: "Ok" }];
                default:
                  return [ok];
              }
            }),
          };
        },
      });
      const input = records.map(({ fate, key, size }, id) =>
        JSON.stringify({ id, fate, key, filler: "x".repeat(size) }),
      );
      for (const [i, value] of input.entries()) {
        at.put(value);
        if (records[i]!.pause > 0) await at.clock.advance(records[i]!.pause);
      }
      await at.stream.drain();

      const separator = delimiter.replace("\\n", "\n");
      const delivered = at
        .texts("clean/")
        .flatMap((object) => object.split(separator).slice(0, -1));
      const failed = at.failures("failed/").map(({ rawData }) => rawData.toString());
      const dropped = input.filter(
        (value) => JSON.parse(value).fate === "drop" && !failed.includes(value),
      );
      expect([...delivered, ...failed, ...dropped].sort()).toEqual([...input].sort());
      if (given.backup) expect(at.texts("raw/").join("")).toBe(input.join(""));
      const { counts } = at.stream;
      expect(counts).toMatchObject({
        incoming: input.length,
        delivered: delivered.length,
        failed: failed.length,
        dropped: dropped.length,
        backedUp: given.backup ? input.length : 0,
        lost: 0,
      });
    }),
    { numRuns: 150, seed: 42 },
  );
});

test("A function that enlarges its records loses none of them.", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 900_000 }), { minLength: 1, maxLength: 8 }),
      async (sizes) => {
        const at = rig(
          toS3(processing(lambdaProcessor({ NumberOfRetries: "0", BufferSizeInMBs: "3" }))),
          {
            invoke: ({ records }) => ({
              records: records.map(({ recordId, data }) => ({
                recordId,
                result: "Ok",
                data: base64(`${text(data)};`.padEnd(Number(text(data)) * 4, ".")),
              })),
            }),
          },
        );
        at.put(...sizes.map(String));
        await at.stream.drain();
        const { delivered, failed, lost } = at.stream.counts;
        expect([delivered + failed, lost]).toEqual([sizes.length, 0]);
        const found = at
          .texts("2026")
          .flatMap((object) => object.replaceAll(".", "").split(";").slice(0, -1));
        const kept = at.failures("processing-failed").map(({ rawData }) => rawData.toString());
        expect([...found, ...kept].sort()).toEqual(sizes.map(String).sort());
      },
    ),
    { numRuns: 6, seed: 7 },
  );
});

test("Rows and rejects together are the input of a conversion.", async () => {
  const value = fc.constantFrom('{"id":1}', '{"id":"2"}{"id":3}', '{"id":"x"}', "no", "[]", "");
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 30 }), async (values) => {
      const at = rig(
        toS3({
          DataFormatConversionConfiguration: {
            InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
            OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
            SchemaConfiguration: { DatabaseName: "shop", TableName: "orders" },
          },
        }),
        { glueTable: { StorageDescriptor: { Columns: [{ Name: "id", Type: "int" }] } } },
      );
      at.put(...values);
      await at.stream.drain();
      const rejected = at.failures("format-conversion-failed").map((one) => one.rawData.toString());
      const fits = (one: string) => one.startsWith('{"id":1') || one.startsWith('{"id":"2"');
      expect(rejected.sort()).toEqual(values.filter((one) => !fits(one)).sort());
      expect(at.stream.counts).toMatchObject({
        delivered: values.filter(fits).length,
        failed: rejected.length,
        lost: 0,
      });
    }),
    { numRuns: 50, seed: 5 },
  );
});

test("What an endpoint took, what the bucket has and what is lost, together are the input.", async () => {
  const statuses = fc.array(fc.constantFrom(200, 200, 500, 301, 413), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      statuses,
      fc.integer({ min: 1, max: 30 }),
      fc.nat(),
      async (answers, records, seed) => {
        const taken: string[] = [];
        const left = [...answers];
        const at = rig(
          {
            HttpEndpointDestinationConfiguration: {
              EndpointConfiguration: { Url: "https://vendor.example" },
              BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 1 },
              RetryOptions: { DurationInSeconds: 3 },
              S3Configuration: { BucketARN: "arn:aws:s3:::archive" },
            },
          },
          {
            seed,
            async send({ body }) {
              const request = JSON.parse(Buffer.from(body).toString());
              const status = left.shift() ?? 200;
              if (status === 200)
                taken.push(...request.records.map((one: { data: string }) => text(one.data)));
              const answer = Buffer.from(
                JSON.stringify({ requestId: request.requestId, timestamp: 1 }),
              );
              const headers = {
                "content-type": "application/json",
                "content-length": String(answer.length),
              };
              return { status, headers, body: answer };
            },
          },
        );
        const input = Array.from({ length: records }, (_, id) => `record ${id}`);
        for (const value of input) {
          at.put(value);
          await at.clock.advance(700);
        }
        await at.stream.drain();
        const failed = at.failures("http-endpoint-failed").map(({ rawData }) => rawData.toString());
        const { delivered, failed: inBucket, lost, incoming } = at.stream.counts;
        expect([delivered, inBucket]).toEqual([taken.length, failed.length]);
        expect(delivered + inBucket + lost).toBe(incoming);
        expect(new Set([...taken, ...failed]).size).toBe(input.length - lost);
        if (!answers.includes(413)) expect(lost).toBe(0);
      },
    ),
    { numRuns: 60, seed: 6 },
  );
});
