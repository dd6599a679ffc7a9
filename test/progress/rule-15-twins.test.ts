import { describe, expect, it } from "vitest";
import { answerAt } from "../consumer/world.ts";
import { sorted, world } from "./world.ts";

const ids = { uniqueId: ({ id }: { id: string }) => id };

describe("duplicates inside a batch", () => {
  it("have one effect, whichever lanes they are in, and cannot wait for each other", async () => {
    const its = world({ consumer: { ...ids, concurrency: 2 }, effect: () => its.clock.sleep(10) });
    its.put("a@1", "b@2", "b@1", "a@2", "c@1");
    await its.map().drain();
    expect(its.ids()).toEqual(["a", "b", "c"]);
    expect(its.events).toHaveLength(1);
  });

  it("are not done while the first has failed, and follow it when it is done", async () => {
    let fails = true;
    const its = world({
      consumer: ids,
      effect({ key }) {
        if (key === "1" && fails) throw new Error("no");
      },
    });
    its.put("a@1", "a@2", "b@2");
    const responses: unknown[] = [];
    const mapping = its.map({
      async invoke(event, context) {
        const response = await its.invoke(event, context);
        responses.push(response);
        fails = false;
        return response;
      },
    });
    await mapping.drain();
    expect(responses[0]).toEqual(answerAt(its.events[0]!.event as never, 0));
    expect(responses[1]).toEqual({ batchItemFailures: [] });
    expect(its.ids()).toEqual(["b", "a"]);
  });

  it("that a bisect tears apart have one effect", async () => {
    let failures = 0;
    const its = world({
      consumer: ids,
      settings: { bisectBatchOnFunctionError: true },
      choose: () => "new",
      effect({ id }) {
        if (id === "x" && failures++ < 3) throw new Error("no");
      },
    });
    its.put("a@1", "x@2", "a@3", "y@4", "x@5");
    await its.map().drain();
    expect(sorted(its.ids())).toEqual(["a", "x", "y"]);
  });
});

it.each([undefined, ""])(
  "a unique id of %o dedupes nothing, and redeliveries are still told",
  async (none) => {
    let failures = 0;
    const its = world({
      consumer: { uniqueId: () => none },
      effect({ id }) {
        if (id === "bad" && failures++ < 2) throw new Error("no");
      },
    });
    its.put("a@1", "a@2", "bad");
    await its.map().drain();
    expect(its.ids()).toEqual(["a", "a", "bad"]);
  },
);

it("a unique id that throws fails its record, and no other", async () => {
  let throws = true;
  const its = world({
    consumer: {
      uniqueId({ id }) {
        if (id === "bad" && throws) throw new Error("has no id");
        return id;
      },
    },
  });
  its.put("a", "bad", "b");
  const mapping = its.map();
  await its.clock.advance(500);
  expect(its.ids()).toEqual(["a", "b"]);
  expect(its.entries("done")[0]!.open).toMatchObject([{ attempts: 1, key: "bad" }]);
  throws = false;
  await mapping.drain();
  expect(its.ids()).toEqual(["a", "b", "bad"]);
});
