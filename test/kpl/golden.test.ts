import { readFileSync } from "node:fs";
import { aggregate, deaggregate } from "shardmill/kpl";
import { expect, test } from "vitest";

const event = JSON.parse(readFileSync(new URL("kpl-event.json", import.meta.url), "utf8"));
const bytes = Buffer.from(event.Records[0].kinesis.data, "base64");

test("a record from a real KPL gives its two user records", () => {
  const records = deaggregate(bytes)!;
  expect(records.map(({ partitionKey }) => partitionKey)).toEqual(["mm_data", "mm_data"]);
  expect(records.map(({ explicitHashKey }) => explicitHashKey)).toEqual([undefined, undefined]);
  expect(records.map(({ data }) => JSON.parse(Buffer.from(data).toString()))).toEqual(
    [1493668022112, 1493668022890].map((txnTimeStamp) => ({
      txnTimeStamp,
      amount: 350,
      txnType: "journal",
      agreementType: "distribution",
      channel: "fid.com",
    })),
  );
});

test("its user records, aggregated again, give the KPL's own bytes and outer partition key", () => {
  const again = aggregate(deaggregate(bytes)!);
  expect(Buffer.from(again.data)).toEqual(bytes);
  expect(again.partitionKey).toBe(event.Records[0].kinesis.partitionKey);
});
