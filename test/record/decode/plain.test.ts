import {
  bytes,
  DecodeError,
  type DecodeFunction,
  type DecoderLike,
  drop,
  kinesisConsumer,
  memoryProgress,
  text,
} from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, sequenceNumberOf, suffix, world } from "../../consumer/world.ts";

function consumerOf<T>(decode?: DecoderLike<T>) {
  const its = world();
  const values: unknown[] = [];
  const handler = kinesisConsumer<T>({
    consumer: "c",
    ...(decode ? { decode } : {}),
    progress: memoryProgress(),
    runtime: its.runtime,
    on: its.on,
    process: (value) => void values.push(value),
  });
  return { ...its, values, invoke: (event: unknown) => its.finish(handler(event)) };
}

const payload = Uint8Array.from([0, 1, 0xff, 0xfe]);

describe("bytes()", () => {
  it("hands on the payload as it is, and is what happens without a decoder", async () => {
    for (const decode of [undefined, bytes()]) {
      const { invoke, values } = consumerOf(decode);
      await invoke(kinesisEvent([payload, new Uint8Array(0)]));
      expect(values.map((value) => [...(value as Uint8Array)])).toEqual([[...payload], []]);
    }
  });
});

describe("text()", () => {
  it("hands on UTF-8", async () => {
    const { invoke, values } = consumerOf(text());
    await invoke(kinesisEvent(["", "héllo", "😀"], { aggregate: true }));
    expect(values).toEqual(["", "héllo", "😀"]);
  });

  it.each([
    ["a byte that never occurs", [0x61, 0xff]],
    ["a character that is cut off", [0xf0, 0x9f, 0x98]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["an overlong form", [0xc0, 0xaf]],
  ])("refuses %s instead of replacing it", async (_, raw) => {
    const { invoke, values, seen } = consumerOf(text());
    const event = kinesisEvent([Uint8Array.from(raw)]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(values).toEqual([]);
    expect(seen[0]).toMatchObject({
      error: { name: "DecodeError", message: expect.stringMatching(/not UTF-8/) },
    });
  });
});

describe("a function of one's own", () => {
  it("gets the bytes and the record", async () => {
    const seen: unknown[] = [];
    const { invoke, values } = consumerOf((data, record) => {
      seen.push([data.byteLength, record.partitionKey, record.sequenceNumber]);
      return `${record.partitionKey}: ${data.byteLength}`;
    });
    const event = kinesisEvent(["abc"]);
    await invoke(event);
    expect(seen).toEqual([[3, "key-0", sequenceNumberOf(event, 0)]]);
    expect(values).toEqual(["key-0: 3"]);
  });

  it("may be asynchronous", async () => {
    const { invoke, values, clock } = consumerOf(async (data) => {
      await clock.sleep(5);
      return data.byteLength;
    });
    expect(await invoke(kinesisEvent(["a", "ab"]))).toEqual(allDone);
    expect(values).toEqual([1, 2]);
  });

  it.each([undefined, null, 0, "", false])("may return %o", async (value) => {
    const { invoke, values } = consumerOf((() => value) as DecodeFunction<unknown>);
    await invoke(kinesisEvent(["a"]));
    expect(values).toEqual([value]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("bad payload");
      },
    ],
    ["rejects", () => Promise.reject(new Error("bad payload"))],
    [
      "throws a text",
      () => {
        throw "bad payload";
      },
    ],
  ])("that %s fails its record and no other, and is called once for it", async (_, fail) => {
    let calls = 0;
    const { invoke, values, seen } = consumerOf((data) => {
      if (data[0] !== 0x62) return data.byteLength;
      calls++;
      return fail();
    });
    const event = kinesisEvent(["a", "b", "c"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(values).toEqual([1, 1]);
    expect(calls).toBe(1);
    const [failed] = seen;
    expect(failed).toMatchObject({ type: "failed", error: { message: "bad payload" } });
    expect((failed as { error: unknown }).error).toBeInstanceOf(DecodeError);
  });
});

describe("drop()", () => {
  const ordersOnly: DecodeFunction<string> = (data) => {
    const message = Buffer.from(data).toString();
    return message.startsWith("order") ? message : drop();
  };

  it("says that a record needs no processing: it is done", async () => {
    const { invoke, values, metrics } = consumerOf(ordersOnly);
    expect(await invoke(kinesisEvent(["order 1", "ping", "order 2"]))).toEqual(allDone);
    expect(values).toEqual(["order 1", "order 2"]);
    expect(metrics()).toMatchObject([{ UserRecords: 3, Processed: 2, Failed: 0, GivenBack: 0 }]);
  });

  it("may be what an asynchronous decoder returns", async () => {
    const { invoke, values } = consumerOf(async (data, record) => ordersOnly(data, record));
    expect(await invoke(kinesisEvent(["ping", "order 1"]))).toEqual(allDone);
    expect(values).toEqual(["order 1"]);
  });

  it("is remembered, and is no answer for a record behind a failure", async () => {
    const { runtime, finish, metrics } = world();
    const handler = kinesisConsumer({
      consumer: "c",
      decode: ordersOnly,
      progress: memoryProgress(),
      order: "shard",
      runtime,
      process(message) {
        if (message === "order 2") throw new Error("no");
      },
    });
    const event = kinesisEvent(["ping", "order 1", "order 2", "ping"]);
    expect(await finish(handler(event))).toEqual(answerAt(event, 2));
    expect(await finish(handler(event))).toEqual(answerAt(event, 2));
    expect(metrics()[1]).toMatchObject({ Redelivered: 2, Processed: 0 });
    expect(await finish(handler(suffix(event, 3)))).toEqual(allDone);
  });
});
