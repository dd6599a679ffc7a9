import type { Middleware } from "shardmill";
import { firehoseTransform } from "shardmill/firehose";
import { firehoseEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { bytesOf, delivered, idsIn, keepingOverflow, world } from "./world.ts";

/** A transformation behind some middleware, which writes payloads in capitals. */
function transformWith(...middlewares: Middleware[]) {
  const its = world();
  const seen: string[] = [];
  const handler = firehoseTransform({
    runtime: its.runtime,
    transform(value) {
      seen.push(String(value));
      return String(value).toUpperCase();
    },
  }).use(middlewares);
  return { ...its, handler, seen };
}

const event = () => structuredClone(firehoseEvent(["a", "b", "c"])) as any;
const all = ["A\n", "B\n", "C\n"];

describe("a middleware", () => {
  it("sees event and response, and may change what the records say", async () => {
    const seen: unknown[] = [];
    const { handler } = transformWith({
      before: ({ event }) => {
        event.records[0].data = Buffer.from("decrypted").toString("base64");
      },
      after: ({ response }) => void seen.push(delivered(response)),
    });
    expect(delivered(await handler(event()))).toEqual(["DECRYPTED\n", "B\n", "C\n"]);
    expect(seen).toEqual([["DECRYPTED\n", "B\n", "C\n"]]);
  });

  it("may answer what is no event of Firehose, a warm-up call say", async () => {
    const { handler } = transformWith({
      before: ({ event }) => (event.source === "warm-up" ? "warm" : undefined),
    });
    expect(await handler({ source: "warm-up" })).toBe("warm");
  });
});

describe("every record is answered once, by its id,", () => {
  it.each<[string, Middleware]>([
    ["returns another response after it", { after: () => ({ records: [] }) }],
    [
      "sets another response",
      {
        after: (request) => {
          request.response = undefined;
        },
      },
    ],
    [
      "empties the very response",
      {
        after: ({ response }) => {
          response.records.length = 0;
        },
      },
    ],
    [
      "changes an id in it",
      {
        after: ({ response }) => {
          response.records[0].recordId = "x";
        },
      },
    ],
    [
      "throws after it",
      {
        after: () => {
          throw new Error("too late");
        },
      },
    ],
    [
      "throws after it, and answers for that",
      {
        after: () => {
          throw new Error("too late");
        },
        onError: () => ({ records: [] }),
      },
    ],
    [
      "turns the records round",
      {
        before: ({ event }) => {
          event.records.reverse();
        },
      },
    ],
    [
      "adds a record",
      {
        before: ({ event }) => {
          event.records.push({ ...event.records[0], recordId: "more" });
        },
      },
    ],
  ])("where one %s", async (_, middleware) => {
    const { handler } = transformWith(middleware);
    const given = event();
    const ids = idsIn(given);
    const response = await handler(given);
    expect(idsIn(response)).toEqual(ids);
    expect(delivered(response)).toEqual(all);
  });

  it.each<[string, (event: any) => void]>([
    ["takes one out", ({ records }) => void records.splice(1, 1)],
    [
      "replaces the list",
      (event) => {
        event.records = event.records.filter((_: unknown, place: number) => place !== 1);
      },
    ],
    [
      "renames one",
      ({ records }) => {
        records[1].recordId = "x";
      },
    ],
  ])("where one %s: it fails, and nobody transforms it", async (_, before) => {
    const { handler, logs, metrics, seen } = transformWith({
      before: ({ event }) => before(event),
    });
    const given = event();
    const ids = idsIn(given);
    const response = await handler(given);
    expect(idsIn(response)).toEqual(ids);
    expect(delivered(response)).toEqual(["A\n", "ProcessingFailed", "C\n"]);
    expect(seen).toEqual(["a", "c"]);
    expect(logs()[0]).toMatchObject({ recordId: ids[1], error: { name: "Removed" } });
    expect(metrics()[0]!.ResponseBytes).toBe(bytesOf(response));
  });
});

describe("where nothing was transformed yet, the invocation fails, and Firehose tries again:", () => {
  it.each<[string, Middleware, RegExp]>([
    ["a middleware that answers early", { before: () => ({ records: [] }) }, /middleware answered/],
    [
      "one that throws",
      {
        before: () => {
          throw new Error("no secret");
        },
      },
      /no secret/,
    ],
    [
      "one that throws, and answers for that",
      {
        before: () => {
          throw new Error("no secret");
        },
        onError: () => ({ records: [] }),
      },
      /no secret/,
    ],
    [
      "one that spoils the event",
      {
        before: (request) => {
          request.event = {};
        },
      },
      /is not an event of a Firehose transformation/,
    ],
  ])("%s", async (_, middleware, message) => {
    const { handler, seen } = transformWith(middleware);
    await expect(handler(event())).rejects.toThrow(message);
    expect(seen).toEqual([]);
  });
});

it("what overflows is what Firehose has sent, whatever a middleware made of it", async () => {
  const { runtime } = world();
  const { overflow, taken } = keepingOverflow();
  const handler = firehoseTransform({
    runtime,
    overflow,
    maxResponseBytes: 1000,
    transform: () => "x".repeat(300),
  }).before(({ event }) => {
    for (const record of event.records) record.data = Buffer.from("changed").toString("base64");
  });
  await handler(event());
  expect(taken.map(({ data }) => data.toString())).toEqual(["b", "c"]);
});
