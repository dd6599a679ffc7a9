import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  elementSpans,
  sourceOf,
  spanAt,
  wholeSpan,
} from "../../../packages/cli/src/input/json-source.ts";
import { lines, read, readSkipping, texts } from "./read.ts";

const large = "9007199254740993";

describe("an element of a JSON document", () => {
  it("is put as it is written: numbers that JavaScript does not hold, escapes, spaces", async () => {
    const written = [`{"id": ${large}, "a" : 1.50}`, '"\\u00fc\\/"', "1e400", `[ ${large} ]`];
    expect(texts(await read("a.json", `[${written.join(" ,")}]`))).toEqual(written);
    expect(texts(await read("a.json", `{"id": ${large}\n}`))).toEqual([`{"id": ${large}}`]);
    expect(texts(await read("a.json", large, { format: "json" }))).toEqual([large]);
  });

  it("that stands on several lines is on one, and is said with its own", async () => {
    const records = await read(
      "a.json",
      '[\n  {\n    "a": "x  y",\n    "b": [1,\n 2]\n  },\n  3\n]\n',
    );
    expect(texts(records)).toEqual(['{"a": "x  y","b": [1,2]}', "3"]);
    expect(lines(records)).toEqual([2, 7]);
  });

  it("that was recorded by hand has its data as it is written", async () => {
    const record = `{"shardId":"s","sequenceNumber":"1","partitionKey":"k","data":{"id":${large}}}`;
    const line = record.replace('"shardId":"s",', "");
    const options = { format: "records" } as const;
    expect(texts(await read("a.ndjson", `${line}\n`, options))).toEqual([`{"id":${large}}`]);
    const twice = `{"partitionKey":"k","data":1,"data":[${large}]}`;
    expect(texts(await read("a.ndjson", `${twice}\n`, options))).toEqual([`[${large}]`]);
  });

  it("is what JSON.parse reads, wherever it stands", () => {
    const space = fc.constantFrom("", " ", "\n", "\r\n\t");
    const list = fc.array(fc.jsonValue());
    fc.assert(
      fc.property(
        list,
        fc.string(),
        space,
        fc.constantFrom(0, 1, 2),
        (values, name, pad, indent) => {
          const json = `${pad}${JSON.stringify(values, null, indent)}${pad}`;
          const spans = [...elementSpans(json, wholeSpan(json))];
          expect(spans.map((span) => JSON.parse(sourceOf(json, span)))).toEqual(
            JSON.parse(JSON.stringify(values)),
          );
          const object = `${pad}${JSON.stringify({ x: 1, [name]: { list: values } }, null, indent)}`;
          const inner = spanAt(object, name.includes(".") ? name : `${name}.list`);
          if (name !== "") expect(inner).toBeDefined();
        },
      ),
    );
  });
});

describe("--each", () => {
  const trail = `{"Records": [{"eventID":"a","n":${large}}, {"eventID":"b"}]}`;

  it("takes the elements of a list within: a document, on one line or on many", async () => {
    for (const text of [trail, `${trail}\n`, trail.replaceAll(",", ",\n")]) {
      const records = await read("trail.json", text, { each: "Records" });
      expect(records.map(({ value }) => (value as { eventID: string }).eventID)).toEqual([
        "a",
        "b",
      ]);
      expect(texts(records)[0]).toContain(large);
    }
  });

  it("takes a path, and a member with dots in its name", async () => {
    const text = '{"a.b": [1], "detail": {"parts": [{"items": [2, 3]}]}}';
    expect(texts(await read("a.json", text, { each: "a.b" }))).toEqual(["1"]);
    expect(texts(await read("a.json", text, { each: "detail.parts.0.items" }))).toEqual(["2", "3"]);
  });

  it("takes the lists of each line", async () => {
    const text = '{"Records":[1,2]}\n{"Records":[]}\n{"Records":[3]}\n';
    const records = await read("a.ndjson", text, { each: "Records" });
    expect(texts(records)).toEqual(["1", "2", "3"]);
    expect(lines(records)).toEqual([1, 1, 3]);
  });

  it("takes an event of Lambda for JSON", async () => {
    const text = '{"Records":[{"kinesis":{"data":"eA==","partitionKey":"k"}}]}';
    const records = await read("a.json", text, { each: "Records" });
    expect(texts(records)).toEqual(['{"kinesis":{"data":"eA==","partitionKey":"k"}}']);
    expect(records[0]).not.toHaveProperty("partitionKey");
  });

  it("says what it does not find", async () => {
    const each = "Records";
    await expect(read("a.json", '{"records":[]}', { each })).rejects.toThrow(
      "a.json:1: --each: there is no Records in this JSON.",
    );
    await expect(read("a.json", '{"Records":{}}', { each })).rejects.toThrow("Records is no list");
    await expect(read("a.csv", "id\n1\n", { each })).rejects.toThrow(
      "a.csv:1: --each belongs to JSON, and this is csv.",
    );
    const { records, bad } = await readSkipping("a.ndjson", '{}\n{"Records":[1]}\n', { each });
    expect(texts(records)).toEqual(["1"]);
    expect(bad).toEqual(["a.ndjson:1: --each: there is no Records in this JSON."]);
  });
});
