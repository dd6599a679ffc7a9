import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { gzip, json, kinesisConsumer, memoryProgress, pipeline } from "shardmill";
import { firehoseTransform, toCsv, toJsonLines, toText } from "shardmill/firehose";
import { firehoseEvent, kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { hasLongNumber, isHeld } from "../../../src/record/decode/exact-numbers.ts";
import { world } from "../../consumer/world.ts";
import { delivered } from "../../firehose/world.ts";

/** What becomes of two records with these payloads, whose ids are read from them. */
async function consumed(payloads: readonly unknown[], options: object = {}) {
  const { context, finish, logs, runtime } = world();
  const values: any[] = [];
  const handler = kinesisConsumer<any>({
    consumer: "c",
    decode: json(),
    runtime,
    metrics: false,
    progress: memoryProgress(),
    uniqueId: ({ id }) => String(id),
    order: "none",
    process: (value) => void values.push(value),
    ...options,
  });
  await finish(handler(kinesisEvent(payloads), context()));
  return { values, errors: logs().map(({ error }) => error.message as string) };
}

/** What a transformation delivers of one payload. */
async function passed(payload: unknown, options: object = {}) {
  const { finish, runtime } = world();
  const handler = firehoseTransform({
    decode: json(),
    metrics: false,
    runtime,
    ...options,
  } as never);
  const [text] = delivered(await finish(handler(firehoseEvent([payload]))));
  return text!.replace(/\n$/, "");
}

const digits = (length: fc.Arbitrary<number>) =>
  length.chain((count) =>
    fc
      .array(fc.nat(9), { minLength: count, maxLength: count })
      .map((all) => `${all[0] || 1}${all.slice(1).join("")}`),
  );
/** Integers around 2^53 and far beyond it. */
const integers = fc.oneof(
  fc.bigInt(2n ** 53n - 20n, 2n ** 53n + 20n).map(String),
  fc.bigInt(-(2n ** 53n) - 20n, -(2n ** 53n) + 20n).map(String),
  digits(fc.integer({ min: 1, max: 60 })),
  digits(fc.integer({ min: 1, max: 400 })).map((number) => `-${number}`),
);
/** Decimals that a double holds, and such that have too many digits for one. */
const decimals = fc.oneof(
  digits(fc.integer({ min: 1, max: 13 })).map((fraction) => `0.${fraction}`),
  digits(fc.integer({ min: 18, max: 120 })).map((fraction) => `0.${fraction}`),
  digits(fc.integer({ min: 18, max: 40 })).map((all) => `${all.slice(0, 3)}.${all.slice(3)}`),
  fc.integer({ min: 309, max: 4000 }).map((exponent) => `1e${exponent}`),
);

/** The number as it is written, without what changes nothing. */
const normal = (number: string) =>
  number.includes(".") ? number.replace(/0+$/, "").replace(/\.$/, "") : number;

describe("unique ids from JSON numbers", () => {
  it("are two where the numbers are, or an error", async () => {
    const number = fc.oneof(integers, decimals);
    // Neighbours are what gets rounded together.
    const neighbours = fc
      .tuple(fc.oneof(integers, decimals), fc.nat(9))
      .filter(([number]) => !number.includes("e"))
      .map(([number, last]): [string, string] => [number, number.slice(0, -1) + last])
      .filter(([, other]) => !/^-?0?\.?0*$/.test(other) && other !== "-");
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.tuple(number, number), neighbours), async ([one, other]) => {
        fc.pre(normal(one) !== normal(other));
        const { values, errors } = await consumed([`{"id":${one}}`, `{ "id" : ${other} }`]);
        expect(values.length + errors.length).toBe(2);
      }),
      {
        numRuns: 400,
        examples: [[["9007199254740992", "9007199254740993"]], [["0.1", "0.1000000000000000055"]]],
      },
    );
  });

  it("keep their digits, whatever is made of them", async () => {
    const payloads = ['{"id":9007199254740992}', '{"id":9007199254740993}'];
    for (const uniqueId of [
      ({ id }: any) => `order/${id}`,
      ({ id }: any) => id.toString(36),
      (value: any) =>
        JSON.stringify([value], (_, each) => (typeof each === "bigint" ? `${each}` : each)),
    ]) {
      expect((await consumed(payloads, { uniqueId })).values).toHaveLength(2);
    }
    const throughGzip = { decode: gzip(json()) };
    expect(
      (
        await consumed(
          payloads.map((each) => gzipSync(each)),
          throughGzip,
        )
      ).values,
    ).toHaveLength(2);
    const piped = {
      decode: undefined,
      pipeline: pipeline({ decode: json(), map: ({ id }: any) => ({ id: String(id) }) }),
      uniqueId: ({ value }: any) => value.id,
    };
    expect((await consumed(payloads, piped)).values).toHaveLength(2);
  });

  it("are recognised when they come again", async () => {
    const payload = '{"id":9007199254740993}';
    expect((await consumed([payload, payload])).values).toEqual([{ id: 9007199254740993n }]);
  });

  it("are refused where their number was rounded, with what to do", async () => {
    const rounding = { decode: json({ largeIntegers: "number" }) };
    const { values, errors } = await consumed(
      ['{"id":9007199254740992}', '{"id":9007199254740993}', '{"id":7,"at":1767225600000000001}'],
      rounding,
    );
    expect(values).toEqual([{ id: 7, at: 1767225600000000000 }]);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatch(
      /a number that JavaScript has rounded.* Let the producer write ids as text/,
    );
  });

  it("may be among the digits of a longer one", async () => {
    const { errors } = await consumed(['{"id":"2015","part":0.2000000000000000055}'], {
      uniqueId: ({ id, part }: any) => `${id}/0.25/${part * 0}`,
    });
    expect(errors).toEqual([]);
  });

  it.each(["undefined", "null", "NaN", "Infinity", "a/[object Object]", "[object Promise]"])(
    "are refused where JavaScript has written %s for what is missing",
    async (id) => {
      const { values, errors } = await consumed(["{}", "{}"], { uniqueId: () => id });
      expect(values).toEqual([]);
      expect(errors[0]).toMatch(/which JavaScript writes for what is missing/);
    },
  );
});

describe("integers beyond 2^53", () => {
  it("come as bigint, wherever they stand, and only they do", async () => {
    const json =
      '[9007199254740991,9007199254740992,-9007199254740993,1767225600000000,"9007199254740993",{"a":[12345678901234567890]}]';
    const { values } = await consumed([json], { uniqueId: () => undefined });
    expect(values).toEqual([
      [
        9007199254740991,
        9007199254740992n,
        -9007199254740993n,
        1767225600000000,
        "9007199254740993",
        { a: [12345678901234567890n] },
      ],
    ]);
  });

  it("are a mismatch with a schema of numbers, that says what can be done", async () => {
    const schema = z.object({ at: z.number() });
    const payload = '{"at":1767225600000000001}';
    const { errors } = await consumed([payload], {
      decode: json(schema),
      uniqueId: () => undefined,
    });
    expect(errors[0]).toMatch(
      /wrong is at at\. Integers beyond 2\^53 come as bigint; largeIntegers: "number" rounds them/,
    );
    const rounding = {
      decode: json(schema, { largeIntegers: "number" }),
      uniqueId: () => undefined,
    };
    expect((await consumed([payload], rounding)).values).toEqual([{ at: 1767225600000000000 }]);
    const exact = { decode: json(z.object({ at: z.bigint() })), uniqueId: () => undefined };
    expect((await consumed([payload], exact)).values).toEqual([{ at: 1767225600000000001n }]);
  });

  it("that nobody can mean are refused", async () => {
    const { errors } = await consumed([`{"id":${"9".repeat(2000)}}`]);
    expect(errors[0]).toMatch(/a number of 2000 digits/);
  });

  it.each([[{}], [{ largeIntegers: "text" }], [undefined]])("refuses the options %o", (options) => {
    expect(() => json(options as never)).toThrow(TypeError);
  });
});

describe("the search for long numbers", () => {
  it("finds every one that JSON.parse would round, wherever it stands", () => {
    const member = fc.oneof(
      fc.oneof(
        integers,
        decimals.filter((number) => !number.includes("e")),
      ),
      fc.string().map((text) => JSON.stringify(text)),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
    );
    const list = fc.array(fc.tuple(member, fc.constantFrom(",", " , ", ",\n\t"))).map((members) => {
      const texts = members.map(([text]) => text);
      return `[${members.map(([text, comma], at) => text + (at < texts.length - 1 ? comma : "")).join("")}]`;
    });
    fc.assert(
      fc.property(list, (json) => {
        let isRounded = false;
        JSON.parse(json, ((_: string, value: unknown, { source }: { source?: string }) => {
          if (typeof value === "number" && !isHeld(value, source!)) isRounded = true;
          return value;
        }) as never);
        if (isRounded) expect(hasLongNumber(Buffer.from(json))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes no slow way with what programs write every day", () => {
    const everyday = {
      id: "49590338271490256608559692538361571095921575989136588898",
      at: 1767225600000,
      atMicros: 1767225600000000,
      mean: 1 / 3,
      small: 2 / 300000,
      price: 1234.5678901234567,
      text: "20260101000000000000 and 12345678901234567890",
    };
    expect(hasLongNumber(Buffer.from(JSON.stringify(everyday)))).toBe(false);
  });
});

describe("numbers that go through Firehose", () => {
  const exact =
    '{"id":9007199254740993,"x":1e400,"y":0.1000000000000000055,"n":null,"list":[-1E+500]}';

  it.each([
    ["without a transform", {}],
    ["with one that changes nothing", { transform: (value: unknown) => value }],
    ["that copies", { transform: (value: object) => ({ ...value }) }],
    ["as JSON lines", { encode: toJsonLines() }],
    ["through a schema", { decode: json(z.any()) }],
    ["in a list", { transform: (value: unknown) => [value] }],
    ["through a pipeline", { decode: undefined, pipeline: pipeline({ decode: json() }) }],
    ["rounded on the way", { decode: json({ largeIntegers: "number" }) }],
  ])("keep their digits %s", async (_, options) => {
    expect(await passed(exact, options)).toBe(exact);
    expect(await passed(`\ufeff {"id" : 9007199254740993,\n"x":1e400}`, options)).toBe(
      '{"id":9007199254740993,"x":1e400}',
    );
  });

  it("keep those of large integers beside what a transform has changed", async () => {
    const transform = (value: any) => ({ ...value, seen: true, list: [value.id] });
    expect(await passed('{"id":9007199254740993}', { transform })).toBe(
      '{"id":9007199254740993,"seen":true,"list":[9007199254740993]}',
    );
  });

  it("are what a transform makes of them", async () => {
    const transform = ({ x, y }: any) => ({ x: Number.isFinite(x) ? x : null, y: y * 2 });
    const one = '{"x":1e400,"y":0.1000000000000000055}';
    expect(await passed(one, { transform })).toBe('{"x":null,"y":0.2}');
    const nulled = ({ x }: any) => ({ x: Number.isFinite(x) ? x : null });
    expect(await passed('{"x":1e400}', { transform: nulled })).toBe('{"x":null}');
  });

  it("have their digits in CSV, in text and in keys of partitions", async () => {
    const payload = '{"id":9007199254740993}';
    expect(await passed(payload, { encode: toCsv({ columns: ["id"] }) })).toBe("9007199254740993");
    const transform = ({ id }: any) => `id ${id}`;
    expect(await passed(payload, { transform, encode: toText() })).toBe("id 9007199254740993");
    const { finish, runtime } = world();
    const handler = firehoseTransform<any>({
      decode: json(),
      metrics: false,
      runtime,
      partitionBy: ({ id }) => ({ id }),
    });
    const { records } = await finish(handler(firehoseEvent([payload])));
    expect(records[0]!.metadata!.partitionKeys).toEqual({ id: "9007199254740993" });
  });

  it("leave text as it is", async () => {
    expect(await passed('"1e400 null"')).toBe("1e400 null");
  });
});
