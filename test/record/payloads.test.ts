import fc from "fast-check";
import { json, kinesisConsumer } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { expect, it } from "vitest";
import { anyCharacter } from "../any-character.ts";

async function payloadsThrough(values: readonly Uint8Array[], aggregate: boolean) {
  const seen: Buffer[] = [];
  const handler = kinesisConsumer({
    consumer: "payloads",
    order: "shard",
    metrics: false,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    process: (data) => void seen.push(Buffer.from(data)),
  });
  await handler(kinesisEvent(values, { aggregate }));
  return seen;
}

// Several share one piece of memory, of which no record may see another's.
it.each([false, true])(
  "payloads of all sizes come through byte for byte, aggregated: %s",
  async (aggregate) => {
    const sizes = fc.oneof(
      fc.integer({ min: 0, max: 200 }),
      fc.constantFrom(0, 1, 65_535, 65_536, 65_537, 150_000),
    );
    const payload = fc
      .tuple(sizes, fc.integer({ min: 0, max: 255 }))
      .map(([size, seed]) => Buffer.alloc(size, Buffer.from([seed, 7, 255 - seed])));
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 12 }), async (values) => {
        const seen = await payloadsThrough(values, aggregate);
        expect(seen.map(({ length }) => length)).toEqual(values.map(({ length }) => length));
        expect(seen.filter((data, place) => !data.equals(values[place]!))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  },
);

it("a payload that is kept is not overwritten by a later batch", async () => {
  const kept: Uint8Array[] = [];
  const handler = kinesisConsumer({
    consumer: "payloads",
    metrics: false,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    process: (data) => void kept.push(data),
  });
  await handler(kinesisEvent(["first"]));
  await handler(kinesisEvent(["other"], { from: 1 }));
  expect(kept.map((data) => Buffer.from(data).toString())).toEqual(["first", "other"]);
});

const texts = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: anyCharacter, maxLength: 8 }),
  fc.constantFrom("\ufffd", "x".repeat(65_536), "x".repeat(40_000)),
);

it.each([false, true])(
  "JSON beside JSON of all sizes and alphabets comes through as it was, aggregated: %s",
  async (aggregate) => {
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 12 }), async (values) => {
        const seen: unknown[] = [];
        const handler = kinesisConsumer({
          consumer: "payloads",
          order: "shard",
          decode: json(),
          metrics: false,
          logger: { debug() {}, info() {}, warn() {}, error() {} },
          process: (value) => void seen.push(value),
        });
        await handler(
          kinesisEvent(
            values.map((value) => JSON.stringify(value)),
            { aggregate },
          ),
        );
        expect(seen).toEqual(values);
      }),
      { numRuns: 60 },
    );
  },
);

it.each(["decode", "process"])(
  "what %s changes in a payload is of that record alone",
  async (where) => {
    const { decode } = json();
    const seen: unknown[] = [];
    const upper = (data: Uint8Array) => {
      for (const [at, byte] of data.entries()) if (byte > 96 && byte < 123) data[at] = byte - 32;
      return data;
    };
    const handler = kinesisConsumer({
      consumer: "payloads",
      order: "shard",
      decode: where === "decode" ? (data, record) => decode(upper(data), record) : json(),
      metrics: false,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      process(value, { data }) {
        if (where === "process") upper(data);
        seen.push(value);
      },
    });
    await handler(kinesisEvent(['"one"', '"two"', '"three"']));
    expect(seen).toEqual(where === "decode" ? ["ONE", "TWO", "THREE"] : ["one", "two", "three"]);
  },
);
