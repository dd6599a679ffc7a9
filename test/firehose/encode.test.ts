import fc from "fast-check";
import {
  type EncoderLike,
  firehoseTransform,
  toBytes,
  toCsv,
  toJsonLines,
  toText,
} from "shardmill/firehose";
import { firehoseEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { delivered, world } from "./world.ts";

/** What is delivered for values, or why not. */
async function written<V>(
  values: V | readonly V[],
  options: { encode?: EncoderLike<V>; delimiter?: string; trailingDelimiter?: boolean } = {},
): Promise<string> {
  const { logs, runtime } = world();
  const handler = firehoseTransform({
    ...options,
    metrics: false,
    runtime,
    transform: () => values,
  });
  const [output] = delivered(await handler(firehoseEvent(["any"])));
  return output === "ProcessingFailed" ? logs()[0]!.error.message : output!;
}

describe("toJsonLines()", () => {
  it("writes one line a value, whatever is in it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 5 }), async (values) => {
        const lines = (await written<unknown>(values, { encode: toJsonLines() })).split("\n");
        expect(lines.pop()).toBe("");
        expect(lines.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(values)));
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ["a function", () => {}],
    ["a symbol", Symbol("s")],
    ["what has toJSON of nothing", { toJSON: () => undefined }],
  ])("has no form for %s, and says so", async (_, value) => {
    expect(await written<unknown>(value, { encode: toJsonLines() })).toMatch(/JSON has no form/);
  });

  it("fails for a circle", async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(await written<unknown>(circle, { encode: toJsonLines() })).toMatch(/circular/);
  });
});

describe("toCsv()", () => {
  const encode = toCsv({ columns: ["a", "b"] });

  it.each([
    [{ a: 1, b: "two" }, "1,two\n"],
    [{ a: null, b: undefined }, ",\n"],
    [{ a: "x,y", b: 'say "hi"' }, '"x,y","say ""hi"""\n'],
    [{ a: "two\nlines", b: "\r" }, '"two\nlines","\r"\n'],
    [{ a: true, b: 12n }, "true,12\n"],
    [{ a: new Date(0), b: { c: 1 } }, '1970-01-01T00:00:00.000Z,"{""c"":1}"\n'],
    [{ a: [1, 2], b: " " }, '"[1,2]", \n'],
  ])("%o is %j", async (value, row) => {
    expect(await written(value, { encode })).toBe(row);
  });

  it("writes rows that a reader of RFC 4180 reads back", async () => {
    const field = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "é") });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: field, b: field }), { minLength: 1 }),
        async (rows) => {
          const text = await written(rows, { encode, delimiter: "\n" });
          expect(parseCsv(text)).toEqual(rows.map(({ a, b }) => [a, b]));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("writes a row of one empty column as one: an empty line is no row to most readers", async () => {
    const one = toCsv({ columns: ["a"] });
    expect(await written([{ a: "x" }, { a: "" }, {}], { encode: one as never })).toBe(
      'x\n""\n""\n',
    );
    expect(await written({ a: null }, { encode: one as never, delimiter: "" })).toBe('""');
  });

  it("takes another separator", async () => {
    const tabs = toCsv({ columns: ["a", "b"], separator: "\t" });
    expect(await written({ a: "x,y", b: "x\ty" }, { encode: tabs })).toBe('x,y\t"x\ty"\n');
  });

  it.each([
    [{ columns: [] }],
    [{}],
    [{ columns: ["a"], separator: '"' }],
    [{ columns: ["a"], separator: ",," }],
  ])("refuses %j", (options) => {
    expect(() => toCsv(options as never)).toThrow(/toCsv/);
  });
});

describe("toText() and toBytes()", () => {
  it("write what they get", async () => {
    expect(await written("é", { encode: toText() })).toBe("é\n");
    expect(await written(Buffer.from("é"), { encode: toBytes() })).toBe("é");
  });

  it("say what they did not get", async () => {
    expect(await written(7 as never, { encode: toText() })).toMatch(/takes text.*number/);
    expect(await written("a" as never, { encode: toBytes() })).toMatch(/takes bytes.*string/);
  });

  it("do not deliver half a surrogate pair as something else", async () => {
    expect(await written("\ud83d", { encode: toText() })).toMatch(/surrogate/);
    expect(await written("😀", { encode: toText() })).toBe("😀\n");
  });
});

describe("the delimiter", () => {
  it("stands between outputs and behind the last", async () => {
    expect(await written(["a", "b"], { delimiter: ";" })).toBe("a;b;");
  });

  it("stands only between them without trailingDelimiter", async () => {
    expect(await written(["a", "b"], { trailingDelimiter: false })).toBe("a\nb");
    expect(await written("a", { trailingDelimiter: false })).toBe("a");
  });

  it("is no second one where an output ends with it", async () => {
    expect(await written(["a\n", "b\n"])).toBe("a\nb\n");
    expect(await written(Buffer.from("a;"), { delimiter: ";" })).toBe("a;");
  });

  it("may be none", async () => {
    expect(await written([1, 2], { delimiter: "" })).toBe("12");
  });

  it("stands between bytes only where it is set", async () => {
    const values = [Buffer.from("a"), Buffer.from("b")];
    expect(await written(values)).toBe("ab");
    expect(await written(values, { delimiter: "|" })).toBe("a|b|");
  });

  it("is of each output's own kind in a mixed list", async () => {
    expect(await written<unknown>(["a", Buffer.from("b"), { c: 1 }])).toBe('a\nb{"c":1}\n');
  });
});

describe("an encoder of one's own", () => {
  it("is a function of the value", async () => {
    expect(await written(21, { encode: (value) => String(2 * value) })).toBe("42\n");
  });

  it.each([7, undefined, null, {}])("fails its record when it returns %j", async (output) => {
    expect(await written(1, { encode: () => output as never })).toMatch(/text or bytes/);
  });

  it("fails its record when it throws", async () => {
    const encode = () => {
      throw new Error("cannot write");
    };
    expect(await written(1, { encode })).toBe("cannot write");
  });
});

/** A reader of its own: fields in quotes, and rows that end with a line feed. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length; ) {
    let field = "";
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (text[at] === '"' && text[at + 1] === '"') at++;
        else if (text[at] === '"') break;
        field += text[at];
      }
      at++;
    } else {
      while (text[at] !== "," && text[at] !== "\n") field += text[at++];
    }
    row.push(field);
    if (text[at++] === "\n") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}
