import { type Counts, kinesisConsumer, memoryProgress } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { expect, it } from "vitest";

it.each<[string, object]>([
  ["", {}],
  [", once, also where it was asked for an id, and has none", { uniqueId: () => undefined }],
])(
  "what cannot be told from the rest of an aggregate is processed, and counted%s",
  async (_, more) => {
    const effects: string[] = [];
    const settled: Partial<Counts>[] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      progress: memoryProgress(),
      metrics: false,
      runtime: { write: () => {} },
      on: (event) => event.type === "settled" && settled.push({ ...event.counts }),
      process: (data) => void effects.push(String(data)),
      ...more,
    });
    const { Records } = kinesisEvent(["a", "b", "c"], { fanOutConsumer: "fast" });
    const [first] = Records;
    // As Lambda takes an aggregate apart: one sequence number and arrival for all of its records.
    const ofOneAggregate = Records.map((record) => ({
      ...record,
      eventID: first!.eventID,
      kinesis: {
        ...record.kinesis,
        sequenceNumber: first!.kinesis.sequenceNumber,
        approximateArrivalTimestamp: first!.kinesis.approximateArrivalTimestamp,
      },
    }));
    await handler({ Records: ofOneAggregate.slice(0, 2) });
    await handler({ Records: ofOneAggregate.slice(1) });
    expect(effects).toEqual(["a", "b", "b", "c"]);
    expect(settled).toMatchObject([{ undecided: 0 }, { undecided: 1, processed: 2 }]);
  },
);

it("an equal record is not taken for one that was cut off, also where a later one was done since, in another lane", async () => {
  const effects: string[] = [];
  const handler = kinesisConsumer({
    ...{ consumer: "c", progress: memoryProgress(), metrics: false, parallelizationFactor: 2 },
    runtime: { write: () => {} },
    process: (data) => void effects.push(String(data)),
  });
  const { Records } = kinesisEvent(["same", "same", "later"], {
    ...{ fanOutConsumer: "fast", partitionKey: () => "k" },
  });
  const [first, second, later] = Records;
  const { sequenceNumber, approximateArrivalTimestamp } = first!.kinesis;
  const kinesis = { ...second!.kinesis, sequenceNumber, approximateArrivalTimestamp };
  for (const record of [first!, later!, { ...second!, eventID: first!.eventID, kinesis }])
    await handler({ Records: [record] });
  expect(effects).toEqual(["same", "later", "same"]);
});
