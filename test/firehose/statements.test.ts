/** The conformance list of what is known of Firehose, as far as it is about the transformation. */
import fc from "fast-check";
import { json } from "shardmill";
import { drop, firehoseTransform, parseErrorObjects, reingest, toText } from "shardmill/firehose";
import { firehoseEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { bytesOf, delivered, idsIn, world } from "./world.ts";

const sixMegabytes = 6_000_000;

describe("T1: every recordId once, in 6 MB of JSON or less,", () => {
  const inflating = (factors: readonly number[]) =>
    firehoseTransform({
      metrics: false,
      runtime: world().runtime,
      encode: toText(),
      decode: json(),
      transform: (place) => "x".repeat(factors[place as number]!),
    });

  it("for any inflation of any records", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(2000), fc.nat(4_000_000)), { maxLength: 12 }),
        async (factors) => {
          const event = firehoseEvent(factors.map((_, place) => place));
          const response = await inflating(factors)(event);
          expect(idsIn(response)).toEqual(idsIn(event));
          expect(bytesOf(response)).toBeLessThanOrEqual(sixMegabytes);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("also where a single record cannot fit: it fails alone, at once", async () => {
    const event = firehoseEvent([0, 1, 2]);
    const response = await inflating([10, 5_000_000, 10])(event);
    expect(idsIn(response)).toEqual(idsIn(event));
    expect(response.records.map(({ result }) => result)).toEqual(["Ok", "ProcessingFailed", "Ok"]);
  });

  it("also for the most records that fit into an event", async () => {
    const event = firehoseEvent(Array.from({ length: 40_000 }, (_, place) => place % 10));
    expect(bytesOf(event as never)).toBeGreaterThan(sixMegabytes * 0.8);
    const response = await inflating(Array(10).fill(150))(event);
    expect(idsIn(response)).toEqual(idsIn(event));
    expect(bytesOf(response)).toBeLessThanOrEqual(sixMegabytes);
  });
});

it("T2: of an exception in one record only this one is ProcessingFailed", async () => {
  const handler = firehoseTransform({
    decode: json(),
    metrics: false,
    runtime: world().runtime,
    transform(value) {
      if (value === 2) throw new Error("no");
      return value;
    },
  });
  const event = firehoseEvent([1, 2, 3]);
  const response = await handler(event);
  expect(delivered(response)).toEqual(["1\n", "ProcessingFailed", "3\n"]);
  expect(idsIn(response)).toEqual(idsIn(event));
});

it("T3: Dropped leaves no data", async () => {
  const handler = firehoseTransform({
    partitionBy: () => ({ day: "1" }),
    metrics: false,
    transform: () => drop(),
  });
  const event = firehoseEvent(["a"]);
  const [recordId] = idsIn(event);
  expect(await handler(event)).toEqual({ records: [{ recordId, result: "Dropped" }] });
});

describe("T4: error objects are read in both spellings:", () => {
  const payload = Buffer.from("payload");
  const rawData = payload.toString("base64");

  it("as AWS was seen to write them, and as it documents them", () => {
    const captured = `{"rawData":"${rawData}","errorCode":"Lambda.ProcessingFailedStatus","errorMessage":"ProcessingFailed status set for record","attemptsMade":1,"arrivalTimestamp":1767225600000,"attemptEndingTimestamp":1767225660000,"lambdaARN":"arn:aws:lambda:us-east-1:1:function:clean:$LATEST"}`;
    const documented = `{"attemptsMade":"1","arrivalTimestamp":"1767225600000","errorCode":"Lambda.ProcessingFailedStatus","errorMessage":"ProcessingFailed status set for record","attemptEndingTimestamp":"1767225660000","rawData":"${rawData}","lambdaArn":"arn:aws:lambda:us-east-1:1:function:clean:$LATEST"}`;
    const [one, other] = parseErrorObjects(`${captured}\n${documented}\n`);
    expect(one).toEqual(other);
    expect(one).toMatchObject({
      rawData: payload,
      errorCode: "Lambda.ProcessingFailedStatus",
      attemptsMade: 1,
      arrivalTimestamp: 1767225600000,
      attemptEndingTimestamp: 1767225660000,
      lambdaArn: "arn:aws:lambda:us-east-1:1:function:clean:$LATEST",
    });
  });

  it("those of a failed conversion, with and without `last`", () => {
    const before = `{"attemptsMade":1,"lastErrorCode":"DataFormatConversion.ParseError","lastErrorMessage":"no","rawData":"${rawData}","sequenceNumber":"49","subSequenceNumber":2,"dataCatalogTable":{"tableName":"t"}}`;
    const today = before.replaceAll("lastError", "error");
    const [one, other] = [before, today].map((line) => parseErrorObjects(Buffer.from(line))[0]);
    expect(one).toEqual(other);
    expect(one).toMatchObject({
      errorCode: "DataFormatConversion.ParseError",
      errorMessage: "no",
      sequenceNumber: "49",
      subSequenceNumber: 2,
    });
  });

  it.each(["oops", '{"rawData":7}', "[]", "null"])(
    "%s is none, and the message says where",
    (line) => {
      expect(() => parseErrorObjects(`{"rawData":""}\n${line}`)).toThrow(/Line 2/);
    },
  );
});

it("T9: where PutRecordBatch fails for some, the errors are those of the entries at their index", async () => {
  const { runtime, finish } = world();
  const sent: string[][] = [];
  const client = {
    async send({ input }: any) {
      const entries = input.Records.map(
        ({ Data }: any) => Buffer.from(Data).toString().split("\n")[1],
      );
      sent.push(entries);
      const RequestResponses = entries.map((entry: string) =>
        sent.length === 1 && ["b", "d"].includes(entry)
          ? { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." }
          : { RecordId: "1" },
      );
      return { FailedPutCount: sent.length === 1 ? 2 : 0, RequestResponses };
    },
  };
  const handler = firehoseTransform({
    maxResponseBytes: 1000,
    metrics: false,
    runtime,
    transform: () => "x".repeat(300),
    overflow: reingest({ firehose: client as never }),
  });
  const response = await finish(handler(firehoseEvent(["a", "b", "c", "d", "e"])));
  const results = response.records.map(({ result }) => result);
  expect(results).toEqual(["Ok", "Dropped", "Dropped", "Dropped", "Dropped"]);
  expect(sent).toEqual([
    ["b", "c", "d", "e"],
    ["b", "d"],
  ]);
});
