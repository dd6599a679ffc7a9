import { json } from "shardmill";
import { firehoseTransform, type OtfMetadata } from "shardmill/firehose";
import { firehoseEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { world } from "./world.ts";

/** The metadata of a record's answer, or why it failed. */
async function metadata(
  options: { partitionBy?: (value: any) => any; otfMetadata?: (value: any) => any },
  value: unknown = { day: "1", table: "t" },
) {
  const { logs, runtime } = world();
  const handler = firehoseTransform({
    ...options,
    metrics: false,
    runtime,
    decode: json(),
    transform: (value) => value,
  });
  const { records } = await handler(firehoseEvent([value]));
  return records[0]!.result === "Ok" ? records[0]!.metadata : logs()[0]!.error.message;
}

describe("partitionBy", () => {
  it("names the keys of dynamic partitioning, as text", async () => {
    const keys = await metadata({ partitionBy: ({ day }) => ({ day, hour: 7, zero: 0 }) });
    expect(keys).toEqual({ partitionKeys: { day: "1", hour: "7", zero: "0" } });
  });

  it("is told the record", async () => {
    const handler = firehoseTransform({
      metrics: false,
      partitionBy: (_, { approximateArrivalTimestamp }) => ({
        day: new Date(approximateArrivalTimestamp).toISOString().slice(0, 10),
      }),
    });
    const { records } = await handler(firehoseEvent(["a"]));
    expect(records[0]!.metadata).toEqual({ partitionKeys: { day: "2026-01-01" } });
  });

  it.each([
    ["an empty text", { day: "" }, /partition key day is empty/],
    ["undefined", { day: undefined }, /partition key day is undefined/],
    ["null", { day: null }, /partition key day is null/],
    ["a number that is none", { day: Number.NaN }, /partition key day/],
    ["an object", { day: {} }, /partition key day/],
    ["no keys", {}, /no keys/],
    ["null for keys", null, /no keys/],
    ["a text for keys", "2026", /no keys/],
    ["a promise of none", Promise.resolve({}), /no keys/],
  ])("with %s fails the record, which Firehose would fail too", async (_, keys, why) => {
    expect(await metadata({ partitionBy: () => keys })).toMatch(why);
  });

  it("that throws fails the record", async () => {
    const partitionBy = ({ day }: any) => day.missing.field;
    expect(await metadata({ partitionBy })).toMatch(/field/);
  });

  it("that says nothing leaves the metadata out", async () => {
    expect(await metadata({ partitionBy: () => undefined })).toBeUndefined();
  });

  it("of several outputs is their common one", async () => {
    const partitionBy = (value: any) => (value === 1 ? { a: "1", b: "2" } : { b: "2", a: "1" });
    expect(await metadata({ partitionBy }, [1, 2])).toEqual({ partitionKeys: { a: "1", b: "2" } });
  });

  it("of several outputs that belong to different places fails the record", async () => {
    const why = await metadata({ partitionBy: (value) => ({ value }) }, [1, 2]);
    expect(why).toMatch(/go to .*"1".* and to .*"2"/);
  });
});

describe("otfMetadata", () => {
  it("names table and operation", async () => {
    const otfMetadata = ({ table }: any): OtfMetadata => ({
      destinationDatabaseName: "db",
      destinationTableName: table,
      operation: "update",
    });
    expect(await metadata({ otfMetadata })).toEqual({
      otfMetadata: {
        destinationDatabaseName: "db",
        destinationTableName: "t",
        operation: "update",
      },
    });
  });

  it.each([
    ["undefined", undefined],
    ["nothing in it", {}],
    ["empty texts", { destinationTableName: "", operation: undefined }],
  ])("with %s is left out", async (_, given) => {
    expect(await metadata({ otfMetadata: () => given })).toBeUndefined();
  });

  it("leaves out what is empty in it", async () => {
    const otfMetadata = () => ({ destinationTableName: "t", destinationDatabaseName: "" });
    expect(await metadata({ otfMetadata })).toEqual({ otfMetadata: { destinationTableName: "t" } });
  });

  it.each([
    [{ operation: "upsert" }, /operation upsert/],
    [{ table: "t" }, /the table t/],
    [{ destinationTableName: 7 }, /destinationTableName 7/],
  ])("with %j fails the record", async (given, why) => {
    expect(await metadata({ otfMetadata: () => given })).toMatch(why);
  });

  it("stands beside partition keys", async () => {
    const both = await metadata({
      partitionBy: () => ({ a: "1" }),
      otfMetadata: () => ({ operation: "delete" }),
    });
    expect(both).toEqual({ partitionKeys: { a: "1" }, otfMetadata: { operation: "delete" } });
  });
});
