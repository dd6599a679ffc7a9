/** What `firehoseTransform` costs beside the least that any transformation must do. */
import assert from "node:assert/strict";
import type { FirehoseEvent } from "../src/firehose.ts";
import { firehoseTransform } from "../src/firehose.ts";
import { json } from "../src/index.ts";
import { type Row, type RowSet, race, timesAsLong } from "./harness.ts";

export const firehose: RowSet = { name: "firehose", rows };

const size = 10_000;
const bytesOfRecord = 300;

interface Reading {
  readonly id: string;
  readonly sensor: string;
  readonly celsius: number;
  readonly takenAt: number;
  readonly labels: readonly string[];
  readonly note: string;
}

/** Readings of 300 bytes of JSON each, as Firehose hands them to a function. */
function eventOf(records: number): FirehoseEvent {
  return {
    invocationId: "11111111-2222-3333-4444-555555555555",
    deliveryStreamArn: "arn:aws:firehose:us-east-1:123456789012:deliverystream/readings",
    region: "us-east-1",
    records: Array.from({ length: records }, (_, index) => {
      const reading: Reading = {
        id: `reading-${index}`,
        sensor: `sensor-${index % 100}`,
        celsius: 20 + (index % 100) / 10,
        takenAt: 1_767_225_600_000 + index,
        labels: ["roof", "north"],
        note: "",
      };
      const missing = bytesOfRecord - JSON.stringify(reading).length;
      return {
        recordId: `49546986683135544286507457936321625675700192471156${String(index).padStart(6, "0")}000000`,
        approximateArrivalTimestamp: 1_767_225_600_000 + index,
        data: Buffer.from(JSON.stringify({ ...reading, note: "x".repeat(missing) })).toString(
          "base64",
        ),
      };
    }),
  };
}

const toFahrenheit = ({ celsius, ...reading }: Reading) => ({
  ...reading,
  fahrenheit: celsius * 1.8 + 32,
});

/** Parses, transforms, stringifies, encodes: no record can be answered with less. */
const bareLoop = async ({ records }: FirehoseEvent) => ({
  records: records.map(({ recordId, data }) => {
    const reading = JSON.parse(Buffer.from(data!, "base64").toString()) as Reading;
    const line = `${JSON.stringify(toFahrenheit(reading))}\n`;
    return { recordId, result: "Ok", data: Buffer.from(line).toString("base64") };
  }),
});

const ours = firehoseTransform({
  decode: json(),
  transform: (reading) => toFahrenheit(reading as Reading),
  metrics: false,
});

async function* rows(): AsyncGenerator<Row> {
  const event = eventOf(size);
  assert.deepEqual(await ours(event), await bareLoop(event));
  const timed = (handler: (event: FirehoseEvent) => Promise<unknown>) => async () => {
    const own = structuredClone(event);
    const begun = performance.now();
    await handler(own);
    return performance.now() - begun;
  };
  const times = await race(
    { shardmill: timed(ours), "bare loop": timed(bareLoop) },
    { rounds: 15, warmUps: 5 },
  );
  const ratio = timesAsLong(times.shardmill, times["bare loop"]);
  yield {
    name: "10,000 records of 300 B transformed",
    peer: "a bare loop",
    values: {
      "shardmill ms": times.shardmill.medianMs,
      "bare loop ms": times["bare loop"].medianMs,
      ratio,
    },
    limits: { ratio: 2 },
  };
}
