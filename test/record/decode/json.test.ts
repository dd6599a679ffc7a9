import { DecodeError, json, kinesisConsumer, type StandardSchema } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { allDone, answerAt, world } from "../../consumer/world.ts";

/** What `process` gets from these payloads, or the error with which the first one fails. */
async function decoded(decode: any, ...payloads: unknown[]) {
  const { runtime, finish, seen, on } = world();
  const values: unknown[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    decode,
    runtime,
    on,
    order: "shard",
    process: (value) => void values.push(value),
  });
  const event = kinesisEvent(payloads);
  const answer = await finish(handler(event));
  const [failed] = seen;
  const error = failed?.type === "failed" ? (failed.error as Error) : undefined;
  expect(answer).toEqual(error ? answerAt(event, values.length) : allDone);
  return { values, error };
}

const flight = { id: "a", delay: 7 };
const wrong = { id: 1, delay: "late" };
const asyncZod = z.object({ id: z.string() }).refine(async ({ id }) => id !== "taken", "is taken");
const asyncValibot = v.pipeAsync(
  v.object({ id: v.string() }),
  v.checkAsync(async ({ id }) => id !== "taken", "is taken"),
);

describe("json()", () => {
  it("parses, and validates nothing", async () => {
    const payloads = [flight, [1], "null", "true", "7", '"text"', ' {"a":"ü\\u0041"} ', "\ufeff{}"];
    const { values } = await decoded(json(), ...payloads);
    expect(values).toEqual([flight, [1], null, true, 7, "text", { a: "üA" }, {}]);
  });

  it.each<[string, unknown, RegExp]>([
    ["text that is no JSON", "{oops", /not JSON.*It begins with "\{oops"/],
    ["an empty payload", "", /not JSON.*It begins with ""/],
    ["bytes that are no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), /not UTF-8/],
    ["two byte order marks", "\ufeff\ufeff{}", /not JSON/],
  ])("refuses %s, and says so", async (_, payload, message) => {
    const { error } = await decoded(json(), payload);
    expect(error).toBeInstanceOf(DecodeError);
    expect(error!.message).toMatch(message);
    expect(error!.cause).toBeInstanceOf(Error);
  });

  it("shows only the beginning of a long payload", async () => {
    const { error } = await decoded(json(), `[${"x".repeat(100_000)}`);
    expect(error!.message.length).toBeLessThan(300);
  });
});

describe.each([
  ["zod", z.object({ id: z.string(), delay: z.number() })],
  ["valibot", v.object({ id: v.string(), delay: v.number() })],
])("json(schema) with %s", (_, schema) => {
  it("hands on what matches", async () => {
    const { values } = await decoded(json(schema), flight, { ...flight, more: true });
    expect(values).toEqual([flight, flight]);
  });

  it("fails what does not, and names each field", async () => {
    const { values, error } = await decoded(json(schema), flight, wrong);
    expect(values).toEqual([flight]);
    expect(error).toBeInstanceOf(DecodeError);
    expect(error!.message).toMatch(/does not match its schema: id: .+; delay: /);
    expect(error!.cause).toBeInstanceOf(TypeError);
    expect((error!.cause as Error).cause).toHaveLength(2);
  });
});

describe.each([
  ["zod", asyncZod],
  ["valibot", asyncValibot],
])("json(schema) with an asynchronous schema of %s", (_, schema) => {
  it("waits for it", async () => {
    const { values, error } = await decoded(json(schema), { id: "free" }, { id: "taken" });
    expect(values).toEqual([{ id: "free" }]);
    expect(error!.message).toMatch(/is taken/);
  });
});

describe("json(schema)", () => {
  it("hands on the schema's output, not its input", async () => {
    const schema = z.object({ at: z.string().transform((text) => new Date(text)) });
    const { values } = await decoded(json(schema), { at: "2026-01-01T00:00:00Z" });
    expect(values).toEqual([{ at: new Date("2026-01-01") }]);
  });

  it("names the place of what is wrong deep inside", async () => {
    const schema = v.object({ legs: v.array(v.object({ to: v.string() })) });
    const { error } = await decoded(json(schema), { legs: [{ to: "a" }, { to: 7 }] });
    expect(error!.message).toMatch(/legs\.1\.to: /);
  });

  it("counts what it does not name, when much is wrong", async () => {
    const { error } = await decoded(json(z.array(z.string())), [1, 2, 3, 4, 5, 6, 7]);
    expect(error!.message).toMatch(/4: .*; and 2 more/);
    expect(error!.message).not.toMatch(/5: /);
  });

  it("takes any Standard Schema, and one that throws fails its record", async () => {
    const schema: StandardSchema<number> = {
      "~standard": {
        version: 1,
        vendor: "home-made",
        validate(value) {
          if (value === 0) throw new Error("cannot divide");
          return typeof value === "number" ? { value: 1 / value } : { issues: [{ message: "no" }] };
        },
      },
    };
    expect((await decoded(json(schema), 4)).values).toEqual([0.25]);
    expect((await decoded(json(schema), '"x"')).error!.message).toMatch(/: no$/);
    expect((await decoded(json(schema), 0)).error!.message).toMatch(/cannot divide/);
  });

  it.each([{}, { parse() {} }, "schema", 7, null, undefined])("refuses %o at start", (schema) => {
    expect(() => json(schema as any)).toThrow(/Standard Schema/);
  });
});
