import { kinesisConsumer, type Middleware } from "shardmill";
import { count, lambdaWindow } from "shardmill/windows";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, world } from "./world.ts";

/** A consumer whose record "b" fails, unless told otherwise, behind some middleware. */
function consumerWith(middleware: Middleware, failing: readonly string[] = ["b"]) {
  const { runtime, finish } = world();
  const done: string[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    decode,
    order: "shard",
    metrics: false,
    runtime: { ...runtime, write: () => {} },
    process({ id }) {
      if (failing.includes(id)) throw new Error("no");
      done.push(id);
    },
  }).use(middleware);
  return { done, invoke: (event: unknown) => finish(handler(event)) };
}

describe("a middleware", () => {
  it("sees event and response, before and after", async () => {
    const seen: unknown[] = [];
    const { invoke } = consumerWith({
      before: ({ event }) => void seen.push(event.Records.length),
      after: ({ response }) => void seen.push(response),
    });
    const event = eventOf(["a", "b", "c"]);
    const response = await invoke(event);
    expect(seen).toEqual([3, answerAt(event, 1)]);
    expect(response).toEqual(answerAt(event, 1));
  });

  it("runs in middy's order: before from the first, after from the last", async () => {
    const { runtime, finish } = world();
    const seen: string[] = [];
    const named = (name: string): Middleware => ({
      before: () => void seen.push(`before ${name}`),
      after: () => void seen.push(`after ${name}`),
    });
    const handler = kinesisConsumer({ consumer: "c", decode, runtime, process() {} })
      .use([named("1"), named("2")])
      .before(() => void seen.push("before 3"))
      .after(() => void seen.push("after 3"));
    await finish(handler(eventOf(["a"])));
    expect(seen).toEqual(["before 1", "before 2", "before 3", "after 3", "after 2", "after 1"]);
  });

  it("may answer what is no event of a stream, a warm-up call say", async () => {
    const { invoke } = consumerWith({
      before: ({ event }) => (event.source === "warm-up" ? "warm" : undefined),
    });
    expect(await invoke({ source: "warm-up" })).toBe("warm");
  });
});

describe("a middleware cannot turn what was not done into a success:", () => {
  it("one that returns early fails the batch, and nothing was processed", async () => {
    const { invoke, done } = consumerWith({ before: () => ({ batchItemFailures: [] }) });
    await expect(invoke(eventOf(["a", "b"]))).rejects.toThrow(
      /middleware answered before the batch was processed/,
    );
    expect(done).toEqual([]);
  });

  it("one that returns early fails the batch of another service, too", async () => {
    const { invoke } = consumerWith({ before: () => ({ batchItemFailures: [] }) });
    const event = { Records: [{ eventSource: "aws:sqs", messageId: "1", body: "x" }] };
    await expect(invoke(event)).rejects.toThrow(/middleware answered/);
  });

  it("one that throws fails the batch with its error", async () => {
    const { invoke, done } = consumerWith({
      before() {
        throw new Error("no secret");
      },
    });
    await expect(invoke(eventOf(["a"]))).rejects.toEqual(new Error("no secret"));
    expect(done).toEqual([]);
  });

  it("an onError that answers for a middleware that threw does not", async () => {
    const { invoke } = consumerWith({
      before() {
        throw new Error("no secret");
      },
      onError: () => ({ batchItemFailures: [] }),
    });
    await expect(invoke(eventOf(["a"]))).rejects.toEqual(new Error("no secret"));
  });

  it("an onError that sets a response for an event that was refused does not", async () => {
    const { invoke } = consumerWith({
      onError: (request) => {
        request.response = { batchItemFailures: [] };
      },
    });
    const event = eventOf(["a"]) as any;
    event.Records[0].eventVersion = "9.0";
    await expect(invoke(event)).rejects.toMatchObject({
      message: expect.stringMatching(/reads version 1/),
    });
  });

  it("an `after` that returns another response does not", async () => {
    const { invoke } = consumerWith({ after: () => ({ batchItemFailures: [] }) });
    const event = eventOf(["a", "b"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
  });

  it("an `after` that sets another response does not", async () => {
    const { invoke } = consumerWith({
      after: (request) => {
        request.response = {};
      },
    });
    const event = eventOf(["a", "b"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
  });

  it.each<[string, (response: any) => void]>([
    [
      "empties the list",
      (response) => {
        response.batchItemFailures.length = 0;
      },
    ],
    [
      "replaces the list",
      (response) => {
        response.batchItemFailures = [];
      },
    ],
    ["removes the list", (response) => delete response.batchItemFailures],
    [
      "overwrites the identifier",
      (response) => {
        response.batchItemFailures[0].itemIdentifier = "";
      },
    ],
  ])("an `after` that %s of the very response does not", async (_, spoil) => {
    const { invoke } = consumerWith({
      after: ({ response }) => {
        try {
          spoil(response);
        } catch {
          // Refused: as good.
        }
      },
    });
    const event = eventOf(["a", "b"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
  });

  it("an `after` that throws fails the batch, and an onError may still answer rightly for it", async () => {
    const after = () => {
      throw new Error("too late");
    };
    const event = eventOf(["a", "b"]);
    await expect(consumerWith({ after }).invoke(event)).rejects.toThrow("too late");
    const { invoke } = consumerWith({ after, onError: () => ({ batchItemFailures: [] }) });
    expect(await invoke(event)).toEqual(answerAt(event, 1));
  });
});

describe("records that a middleware takes out of the event are not done:", () => {
  const keep = (places: readonly number[]) => (request: any) => {
    request.event.Records = places.map((place) => request.event.Records[place]);
  };

  it.each([
    [[0, 1], 2],
    [[1, 2], 0],
    [[0, 2], 1],
    [[], 0],
  ])("of three, those at %j are left, and the answer is %i", async (places, open) => {
    const { invoke } = consumerWith({ before: keep(places) }, []);
    const event = eventOf(["a", "b", "c"]);
    const answer = answerAt(event, open);
    expect(await invoke(event)).toEqual(answer);
  });

  it("nor where the event is replaced by another", async () => {
    const { invoke } = consumerWith(
      {
        before: (request) => {
          request.event = { Records: request.event.Records.slice(0, 1) };
        },
      },
      [],
    );
    const event = eventOf(["a", "b"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
  });

  it("nor where one that is left stands in the place of another", async () => {
    const { invoke } = consumerWith({ before: keep([0, 0, 1]) }, []);
    const event = eventOf(["a", "b", "c"]);
    const answer = answerAt(event, 2);
    expect(await invoke(event)).toEqual(answer);
  });

  it("nor one of several that share a sequence number, as a fan-out consumer gets them", async () => {
    const { invoke } = consumerWith({ before: keep([0, 2]) }, []);
    const event = eventOf(["a", "b", "c"], { fanOutConsumer: "fast" }) as any;
    event.Records[1].kinesis.sequenceNumber = event.Records[0].kinesis.sequenceNumber;
    const answer = answerAt(event, 0);
    expect(await invoke(event)).toEqual(answer);
  });

  it("and a failure below them is still the answer", async () => {
    const { invoke } = consumerWith({ before: keep([0, 1]) });
    const event = eventOf(["a", "b", "c"]);
    const answer = answerAt(event, 1);
    expect(await invoke(event)).toEqual(answer);
  });

  it.each([
    ["all are left, in their order", [0, 1, 2], true],
    ["one is missing", [0, 1], false],
    ["one comes twice", [0, 1, 2, 2], false],
    ["their order is another", [0, 2, 1], false],
  ])("and the state of a window is of the whole event: %s", async (_, places, isWhole) => {
    const { finish, runtime } = world();
    const handler = kinesisConsumer({
      ...{ consumer: "c", decode, metrics: false, runtime },
      window: lambdaWindow({ aggregate: { count: count() } }),
      process() {},
    }).use({ before: keep(places) });
    const answer = await finish(
      handler({
        ...eventOf(["a", "b", "c"]),
        window: { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:01:00Z" },
        ...{ state: {}, isFinalInvokeForWindow: false, isWindowTerminatedEarly: false },
        shardId: "shardId-000000000000",
        eventSourceARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
      }),
    );
    expect("state" in answer).toBe(isWhole);
  });

  it("and where it only changed their order, the answer is still the lowest", async () => {
    const { invoke, done } = consumerWith({ before: keep([2, 1, 0]) });
    const event = eventOf(["a", "b", "c"]);
    const answer = answerAt(event, 0);
    expect(await invoke(event)).toEqual(answer);
    expect(done).toEqual(["c"]);
  });
});

describe("what is no middleware is refused where it is used:", () => {
  it.each([undefined, null, {}, 7, "cors", () => {}, [undefined], [{}], { before: "no function" }])(
    "%o",
    (middleware) => {
      const handler = kinesisConsumer({ consumer: "c", process() {} });
      expect(() => handler.use(middleware as any)).toThrow(/middleware/i);
    },
  );

  it("a list with a wrong one adds none of it", async () => {
    const { runtime, finish } = world();
    const seen: string[] = [];
    const handler = kinesisConsumer({ consumer: "c", decode, runtime, process() {} });
    const good = { before: () => void seen.push("before") };
    expect(() => handler.use([good, {}])).toThrow();
    expect(await finish(handler(eventOf(["a"])))).toEqual(allDone);
    expect(seen).toEqual([]);
  });
});
