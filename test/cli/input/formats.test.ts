import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Layout,
  type ReadInputOptions,
  readInput,
} from "../../../packages/cli/src/input/index.ts";
import { lines, read, readSkipping, texts, values } from "./read.ts";

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
    ['a,b\n1,"x"y\n', "a.csv:2: a quoted field goes on behind its closing quote"],
    ["a,a\n", "a.csv:1: two columns have the name a."],
    ["a,\n", "a.csv:1: column 2 has no name."],
    ["a,b\r1,2\r", "a.csv:1: the lines end with carriage returns alone"],
  ])("is refused: %j", async (text, message) => {
    await expect(read("a.csv", text)).rejects.toThrow(message);
  });
});

it("a row of CSV is what was written, whatever that is", async () => {
  const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", " ", "ü", "\t", "\\") });
  const rows = fc.array(fc.array(field, { minLength: 3, maxLength: 3 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(rows, fc.boolean(), async (rows, quotesAll) => {
      const quoted = (text: string) =>
        quotesAll || /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
      const lines = rows.map((row) => `${row.map(quoted).join(",")}\n`);
      expect(values(await read("a.csv", `a,b,c\n${lines.join("")}`))).toEqual(
        rows.map(([a, b, c]) => ({ a, b, c })),
      );
    }),
    { numRuns: 50 },
  );
});

describe("a quote that is never closed", () => {
  const skipped = async (text: string) => {
    const { records, bad } = await readSkipping("a.csv", text);
    return { values: values(records), lines: lines(records), bad };
  };

  it("costs its own line, and nothing that stands behind it", async () => {
    expect(await skipped('id,text\n1,a\n2,"b\n3,c\n4,"d\ne"\n5,f\n')).toEqual({
      values: [
        { id: "1", text: "a" },
        { id: "3", text: "c" },
        { id: "4", text: "d\ne" },
        { id: "5", text: "f" },
      ],
      lines: [2, 4, 5, 7],
      bad: [
        "a.csv:3: a quoted field goes on behind its closing quote; a quote within it is written twice.",
      ],
    });
    expect(await skipped('id,text\n1,"a\n2,b\n3,c')).toEqual({
      values: [
        { id: "2", text: "b" },
        { id: "3", text: "c" },
      ],
      lines: [3, 4],
      bad: ["a.csv:2: a quote is opened here and never closed."],
    });
  });

  it("that takes whole rows with it is said with all its lines", async () => {
    expect(await skipped('id,text\n1,"a\n2,b\n3",c\n4,e\n')).toEqual({
      values: [{ id: "4", text: "e" }],
      lines: [5],
      bad: [
        "a.csv:2: this row, which a quote stretches to line 4, has 3 fields, and there are 2 columns.",
      ],
    });
  });

  it("does not fill the memory", async () => {
    const row = `${"x".repeat(1000)},y\n`.repeat(11_000);
    const chunks = async function* () {
      yield Buffer.from(`id,text\n1,"a\n${row}`);
    };
    const readAll = async (options: ReadInputOptions) => {
      let count = 0;
      for await (const _ of readInput({ file: "a.csv", chunks: chunks() }, options)) count++;
      return count;
    };
    const message = "a.csv:2: a quote is opened here, and not closed within 10 MiB.";
    await expect(readAll({})).rejects.toThrow(message);
    const bad: string[] = [];
    expect(await readAll({ onBadLine: (error) => bad.push(error.message) })).toBe(11_000);
    expect(bad).toEqual([message]);
  });

  it("wherever it stands: all other rows are read, if no quote is theirs", async () => {
    const row = fc.tuple(fc.nat(), fc.string({ unit: fc.constantFrom("a", " ", "ü", ";") }));
    const rows = fc.array(row, { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(rows, rows, async (before, after) => {
        const written = (some: typeof before) =>
          some.map(([id, text]) => `${id},${text}\n`).join("");
        const text = `id,text\n${written(before)}7,"open\n${written(after)}`;
        const { records, bad } = await readSkipping("a.csv", text);
        expect(values(records)).toEqual(
          [...before, ...after].map(([id, text]) => ({ id: String(id), text })),
        );
        expect(bad).toHaveLength(1);
      }),
      { numRuns: 30 },
    );
  });
});

describe("a W3C extended log", () => {
  const fields = "date time x-edge-location sc-bytes c-ip cs(User-Agent)";
  const cloudFront = `#Version: 1.0\n#Fields: ${fields}\n2026-11-28\t10:21:03\tFRA56-P4\t392\t192.0.2.1\tcurl%20x\n2026-11-28\t10:21:04\tFRA56-P4\t-\t2001:db8::1\t-\n`;

  it("of CloudFront is an object for each row, by the names of its fields", async () => {
    const records = await read("E2.2026-11-28-10.gz", cloudFront);
    expect(values(records)).toEqual([
      {
        ...{ date: "2026-11-28", time: "10:21:03", "x-edge-location": "FRA56-P4" },
        ...{ "sc-bytes": "392", "c-ip": "192.0.2.1", "cs(User-Agent)": "curl%20x" },
      },
      {
        ...{ date: "2026-11-28", time: "10:21:04", "x-edge-location": "FRA56-P4" },
        ...{ "sc-bytes": null, "c-ip": "2001:db8::1", "cs(User-Agent)": null },
      },
    ]);
    expect(lines(records)).toEqual([3, 4]);
    expect(records[0]!.arrival).toBe(Date.UTC(2026, 10, 28, 10, 21, 3));
  });

  it("of IIS has spaces, quotes, and directives in its middle that name other fields", async () => {
    const text = [
      "\ufeff#Software: Microsoft Internet Information Services 10.0",
      "#Version: 1.0",
      "#Date: 2026-11-28 10:21:03",
      "#Fields: date time cs-method sc-status",
      "2026-11-28 10:21:03 GET 200",
      "#Software: Microsoft Internet Information Services 10.0",
      "#Fields: time cs-uri-stem cs(User-Agent)",
      '10:21:04 / "Mozilla ""5.0"" (X11)"',
      "10:21:05 /a -",
      "",
    ].join("\r\n");
    const records = await read("u_ex261128.log", text);
    expect(values(records)).toEqual([
      { date: "2026-11-28", time: "10:21:03", "cs-method": "GET", "sc-status": "200" },
      { time: "10:21:04", "cs-uri-stem": "/", "cs(User-Agent)": 'Mozilla "5.0" (X11)' },
      { time: "10:21:05", "cs-uri-stem": "/a", "cs(User-Agent)": null },
    ]);
    expect(records[1]).not.toHaveProperty("arrival");
  });

  it("can be read on in its middle, with the fields that were named before", async () => {
    let layout: Layout | undefined;
    const onLayout = (found: Layout) => {
      layout = found;
    };
    const [first] = await read("a.log", cloudFront, { onLayout });
    expect(layout).toEqual({ format: "w3c", columns: fields.split(" ") });
    const { end } = first!.source;
    const rest = Buffer.from(cloudFront).subarray(end);
    const start = { offset: end, line: 4 };
    const [second] = await read("a.log", rest, { layout, start });
    expect(second).toMatchObject({
      source: { line: 4 },
      arrival: Date.UTC(2026, 10, 28, 10, 21, 4),
    });
  });

  it.each([
    ["#Version: 1.0\na b\n", "a.log:2: no #Fields line says what the fields of this row are."],
    ["#Fields: a b\n1\n", "a.log:2: this row has 1 fields, and #Fields names 2."],
    ["#Fields: a b\n1\t2\t3\n", "a.log:2: this row has 3 fields, and #Fields names 2."],
    ['#Fields: a b\n1 "2\n', "a.log:2: a quote is opened on this line and not closed."],
    ["#Fields: a a\n", "a.log:1: two fields have the name a."],
    ["#Fields:\n", "a.log:1: this #Fields line names no field."],
  ])("is refused: %j", async (text, message) => {
    await expect(read("a.log", text)).rejects.toThrow(message);
  });

  it("is a few records and no garbage, where lines are left out", async () => {
    const { records, bad } = await readSkipping("a.log", "#Fields: a b\n1 2\n3\n4 5\n");
    expect(values(records)).toEqual([
      { a: "1", b: "2" },
      { a: "4", b: "5" },
    ]);
    expect(bad).toHaveLength(1);
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
    ["the W3C", "#Version: 1.0"],
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
