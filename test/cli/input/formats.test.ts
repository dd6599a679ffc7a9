import { describe, expect, it } from "vitest";
import {
  type InputRecord,
  type ReadInputOptions,
  readInput,
} from "../../../src/cli/input/index.ts";

const now = Date.UTC(2026, 10, 21);

async function read(file: string, text: string | Uint8Array, options: ReadInputOptions = {}) {
  const bytes = Buffer.from(text as string);
  // Cut where it hurts: in the middle of lines and characters.
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  };
  const records: InputRecord[] = [];
  for await (const record of readInput({ file, chunks: chunks() }, { now, ...options })) {
    records.push(record);
  }
  return records;
}

const texts = (records: readonly InputRecord[]) =>
  records.map(({ data }) => Buffer.from(data).toString());
const values = (records: readonly InputRecord[]) => texts(records).map((text) => JSON.parse(text));
const lines = (records: readonly InputRecord[]) => records.map(({ source }) => source.line);

describe("a line of JSON", () => {
  it("is data as it stands there", async () => {
    const records = await read("a.ndjson", '\ufeff{"id": 1}\r\n\n  \n[2]\n"ü"\n7');
    expect(texts(records)).toEqual(['{"id": 1}', "[2]", '"ü"', "7"]);
    expect(lines(records)).toEqual([1, 4, 5, 6]);
    expect(records[3]!.source).toMatchObject({ unfinished: true });
    expect(records[0]).not.toHaveProperty("partitionKey");
  });

  it("is a record with key, position and arrival where shardmill record wrote it", async () => {
    const line = {
      shardId: "shardId-000000000000",
      sequenceNumber: "495",
      approximateArrivalTimestamp: "2026-01-01T00:00:00.123Z",
      partitionKey: "k",
    };
    const records = await read(
      "a.ndjson",
      [
        { ...line, data: "x" },
        { ...line, dataBase64: "/w==" },
      ]
        .map((one) => JSON.stringify(one))
        .join("\n"),
    );
    expect(records).toMatchObject([
      {
        ...{ partitionKey: "k", sequenceNumber: "495", shardId: "shardId-000000000000" },
        arrival: Date.UTC(2026, 0, 1) + 123,
      },
      {},
    ]);
    expect(records.map(({ data }) => [...data])).toEqual([[120], [255]]);
  });

  it("written by hand needs nothing but its data", async () => {
    const records = await read("-", '{"data":{"id":1}}\n{"partitionKey":"k","data":"x"}', {
      format: "records",
    });
    expect(texts(records)).toEqual(['{"id":1}', "x"]);
  });

  it.each([
    ['{"id":1}\n{"id" 2}\n', 'a.ndjson:2:7: this is no JSON: Expected ":" in JSON but found "2".'],
    ['{"id":\n', "a.ndjson:1:7: this is no JSON: Unexpected end of file in JSON."],
  ])("that is broken is said with its line: %j", async (text, message) => {
    await expect(read("a.ndjson", text)).rejects.toThrow(message);
  });

  it("that is broken may be left out, and the next one is read", async () => {
    const bad: string[] = [];
    const onBadLine = ({ message }: Error) => bad.push(message);
    const records = await read("a.ndjson", "1\n{\n2\n", { onBadLine });
    expect(texts(records)).toEqual(["1", "2"]);
    expect(bad).toEqual([expect.stringMatching(/^a\.ndjson:2:/)]);
  });

  it.each([
    ['{"shardId":1,"data":"x"}', '"shardId" is no text.'],
    ['{"dataBase64":"é"}', '"dataBase64" is no base64.'],
    [
      '{"data":"x","approximateArrivalTimestamp":"soon"}',
      '"approximateArrivalTimestamp" is neither',
    ],
    ['{"id":1}', 'it has neither "data" nor "dataBase64"'],
    ["[]", 'it has neither "data" nor "dataBase64"'],
  ])("is no record: %j", async (text, message) => {
    await expect(read("a.ndjson", text, { format: "records" })).rejects.toThrow(message);
  });
});

describe("a JSON document", () => {
  it("that is an array has a record in each element", async () => {
    expect(values(await read("a.json", '[\n {"id":1},\n {"id":2}\n]\n'))).toEqual([
      { id: 1 },
      { id: 2 },
    ]);
    expect(values(await read("a.json", "[1, 2]", { format: "json" }))).toEqual([1, 2]);
  });

  it.each(["a.json", "a.json.gz"])("that is an array may stand on one line of %s", async (file) => {
    expect(values(await read(file, '\n[{"id":1}, [2]]\n'))).toEqual([{ id: 1 }, [2]]);
    expect(await read(file, "[]\n")).toEqual([]);
    await expect(read(file, "[1]\n[2]\n")).rejects.toThrow(`${file}:2:1: this is no JSON`);
  });

  it("that is an array is one record on a line of NDJSON", async () => {
    expect(texts(await read("a.ndjson", "[1, 2]\n[]\n"))).toEqual(["[1, 2]", "[]"]);
  });

  it("that is broken is said with line and column", async () => {
    await expect(read("a.json", '[\n {"id":1},\n {"id":}\n]\n')).rejects.toThrow(
      'a.json:3:8: this is no JSON: Unexpected "}" in JSON.',
    );
  });
});

describe("a row of CSV", () => {
  it("is an object of texts, whatever stands in its quotes", async () => {
    const records = await read("a.csv", '\ufeffid,text\r\n1,"a, ""b""\nc"\n\n2,ü\n');
    expect(values(records)).toEqual([
      { id: "1", text: 'a, "b"\nc' },
      { id: "2", text: "ü" },
    ]);
    expect(lines(records)).toEqual([2, 5]);
  });

  it("may have tabs between its fields", async () => {
    expect(values(await read("a.tsv", "a\tb\n1\t2,3\n"))).toEqual([{ a: "1", b: "2,3" }]);
  });

  it.each([
    ["a,b\n1\n", "a.csv:2: this row has 1 fields, and there are 2 columns."],
    ["a,b\n1,2\n3,4,5\n", "a.csv:3: this row has 3 fields, and there are 2 columns."],
    ['a,b\n1,2\n3,"4\n', "a.csv:3: a quote is opened here and never closed."],
    ['a,b\n1,5" pipe"\n', "a.csv:2: a quote stands inside a field that is not quoted"],
    ["a,a\n", "a.csv:1: two columns have the name a."],
    ["a,\n", "a.csv:1: column 2 has no name."],
  ])("is refused: %j", async (text, message) => {
    await expect(read("a.csv", text)).rejects.toThrow(message);
  });
});

describe("a line of an access log", () => {
  const common = '10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326';

  it("in the common format", async () => {
    const [record] = await read("access.log", `${common}\n`);
    expect(values([record!])).toEqual([
      {
        ...{ host: "10.0.0.1", identity: null, user: "frank" },
        ...{ time: "2000-10-10T20:55:36.000Z", request: "GET /a?b=1 HTTP/1.1" },
        ...{ method: "GET", path: "/a?b=1", protocol: "HTTP/1.1", status: 200, bytes: 2326 },
      },
    ]);
    expect(record!.arrival).toBe(Date.UTC(2000, 9, 10, 20, 55, 36));
  });

  it("in the combined format, with what was escaped", async () => {
    const text = String.raw`${common} "http://x/\"q\"" "M\xc3\xbcller\t1"`;
    expect(values(await read("access.log", text))).toMatchObject([
      { referer: 'http://x/"q"', userAgent: "Müller\t1" },
    ]);
  });

  it("of a request that is none", async () => {
    const [entry] = values(
      await read("access.log", String.raw`::1 - - [01/Jan/2026:00:00:00 +0000] "\x16\x03" 400 -`),
    );
    expect(entry).toMatchObject({ status: 400, bytes: null, request: "\u0016\u0003" });
    expect(entry).not.toHaveProperty("method");
  });

  it.each([
    ["nonsense", "a.log:2: this is no line of an access log in the common format."],
    [common.replace("Oct", "Okt"), "a.log:2: this is no line of an access log"],
  ])("is refused: %s", async (line, message) => {
    await expect(read("a.log", `${common}\n${line}\n`)).rejects.toThrow(message);
  });
});

describe("a line of syslog", () => {
  it("of RFC 5424", async () => {
    const text = String.raw`<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [ex@1 a="1" b="\"q\" \]"][ey@2] An event`;
    const [record] = await read("a.log", text);
    expect(values([record!])).toEqual([
      {
        ...{ facility: "local4", severity: "notice", time: "2003-10-11T22:14:15.003Z" },
        ...{ host: "host", app: "app", process: "12", messageId: "ID47" },
        structuredData: { "ex@1": { a: "1", b: '"q" ]' }, "ey@2": {} },
        message: "An event",
      },
    ]);
    expect(record!.arrival).toBe(Date.UTC(2003, 9, 11, 22, 14, 15, 3));
  });

  it("of RFC 5424, with nothing in it", async () => {
    expect(values(await read("a.log", "<0>1 - - - - - -"))).toEqual([
      {
        ...{ facility: "kern", severity: "emerg", time: null, host: null, app: null },
        ...{ process: null, messageId: null, message: "" },
      },
    ]);
  });

  it.each([
    ["<34>Oct 11 22:14:15 mymachine su: 'su root' failed", { severity: "crit", app: "su" }],
    ["Oct 11 22:14:15 mymachine su[7]: x: y", { process: "7", message: "x: y" }],
    ["Oct  1 22:14:15 mymachine no tag here", { app: null, message: "no tag here" }],
    ["2026-10-11T22:14:15.123456+02:00 h a[1]: x", { time: "2026-10-11T20:14:15.123Z" }],
  ])("of RFC 3164: %s", async (line, expected) => {
    expect(values(await read("a.log", line))).toMatchObject([expected]);
  });

  it.each([
    ["Nov 21 00:00:00", 2026],
    ["Nov 25 00:00:00", 2025],
    ["Feb 29 12:00:00", 2024],
  ])("of %s is of the latest year that is not ahead", async (written, year) => {
    const [entry] = values(await read("a.log", `${written} h a: x`));
    expect(new Date(entry.time).getFullYear()).toBe(year);
  });

  it.each(["<192>Oct 11 22:14:15 h a: x", "Oct 32 22:14:15 h a: x", "<34>1 now h a - - - x"])(
    "is refused: %s",
    async (line) => {
      await expect(read("a.log", line, { format: "syslog" })).rejects.toThrow(
        "a.log:1: this is no line of syslog.",
      );
    },
  );
});

it("a line of text is its bytes", async () => {
  const bytes = Buffer.from([0xff, 10, 0xfe, 13, 10]);
  const records = await read("a.bin", bytes, { format: "text" });
  expect(records.map(({ data }) => [...data])).toEqual([[0xff], [0xfe]]);
});

describe("where logs are text", () => {
  const logsAsText = true;
  const line = '192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5';

  it.each([
    ["common", line],
    ["combined", `${line} "-" "curl"`],
    ["syslog", "<13>Oct 11 22:14:15 host app: text"],
    ["no known format", "# a comment"],
  ])("lines of %s stand as they are, and so do those after them", async (_, first) => {
    const records = await read("access.log", `${first}\n\n oddly\n`, { logsAsText });
    expect(texts(records)).toEqual([first, " oddly"]);
  });

  it("JSON and rows are what they are elsewhere, and a format that is said counts", async () => {
    expect(texts(await read("a.ndjson", '{"id": 1}\n', { logsAsText }))).toEqual(['{"id": 1}']);
    expect(values(await read("a.csv", "id\n1\n", { logsAsText }))).toEqual([{ id: "1" }]);
    const [entry] = values(await read("a.log", line, { logsAsText, format: "common" }));
    expect(entry).toMatchObject({ status: 200 });
  });
});

it("an input that tells no format is refused, and an empty one is empty", async () => {
  await expect(read("notes", "hello\n")).rejects.toThrow("notes:1: its name and its first line");
  expect(await read("notes", "\n\n")).toEqual([]);
});
