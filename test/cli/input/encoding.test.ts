import { describe, expect, it } from "vitest";
import { lines, read, readSkipping, texts, values } from "./read.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");
const utf16 = (text: string, isBigEndian = false) => {
  const bytes = Buffer.from(text, "utf16le");
  return isBigEndian ? bytes.swap16() : bytes;
};

describe("what is not UTF-8", () => {
  const common = '10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /é HTTP/1.1" 200 2326\n';

  it.each([
    ["a.csv", "id,name\n1,Renée\n", "a.csv:2:6: the byte 0xe9 is not UTF-8."],
    ["a.csv", 'id,name\n1,"x\nRené"\n', "a.csv:3:4: the byte 0xe9"],
    ["a.tsv", "id\tname é\n", "a.tsv:1:9: the byte 0xe9"],
    ["a.ndjson", '{"a":"é"}\n', "a.ndjson:1:7: the byte 0xe9"],
    ["a.json", '[\n"é"\n]\n', "a.json:2:2: the byte 0xe9"],
    ["access.log", common, "access.log:1:"],
    ["a.log", "Oct 11 22:14:15 host app: é\n", "a.log:1:27: the byte 0xe9"],
    ["a.log", "#Fields: a\né\n", "a.log:2:1: the byte 0xe9"],
    ["notes", "é\n", "notes:1:1: the byte 0xe9"],
  ])("is refused in %s, with line, column and what to do", async (file, text, message) => {
    const reading = read(file, latin1(text));
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow("Say what the file is written in: --encoding, such as");
  });

  it.each([
    ["a character that breaks off", [0x61, 0xc3], 2],
    ["a byte that begins none", [0x61, 0x62, 0x80, 0x63], 3],
    ["a character written too long", [0xc0, 0xaf], 1],
    ["half of a pair", [0x20, 0xed, 0xa0, 0x80], 2],
    ["more than Unicode has", [0xf4, 0x90, 0x80, 0x80], 1],
  ])("is where it begins: %s", async (_, bytes, column) => {
    await expect(read("a.ndjson", Buffer.from(bytes))).rejects.toThrow(`a.ndjson:1:${column}: `);
  });

  it("is a line like any other that cannot be read, where those are left out", async () => {
    const { records, bad } = await readSkipping("a.csv", latin1("id,name\n1,é\n2,b\n"));
    expect(values(records)).toEqual([{ id: "2", name: "b" }]);
    expect(bad).toEqual([expect.stringContaining("a.csv:2:3: the byte 0xe9")]);
  });

  it("stays as it is where lines are wanted as they are", async () => {
    const records = await read("a.txt", latin1("é\n"), { format: "text" });
    expect(records.map(({ data }) => [...data])).toEqual([[0xe9]]);
  });
});

describe("an encoding that is said", () => {
  it.each([
    ["latin1", "a.csv", latin1("id,name\n1,Renée\r\n2,Zoë\n")],
    ["windows-1252", "a.csv", latin1("id,name\n1,Renée\n2,Zoë")],
    ["utf-16le", "a.csv", utf16("id,name\n1,Renée\r\n2,Zoë\n")],
    ["utf-16be", "a.csv", utf16("id,name\n1,Renée\n2,Zoë", true)],
    ["utf-8", "a.csv", Buffer.from("id,name\n1,Renée\n2,Zoë\n")],
  ])("is decoded: %s", async (encoding, file, bytes) => {
    const records = await read(file, bytes, { encoding });
    expect(values(records)).toEqual([
      { id: "1", name: "Renée" },
      { id: "2", name: "Zoë" },
    ]);
    expect(lines(records)).toEqual([2, 3]);
    expect(records[1]!.source.end).toBe(bytes.length);
  });

  it("holds for every format, and characters that have a line end's byte in them", async () => {
    // U+0A0A and U+0D0A have the byte 0x0a; so has the second byte of the first.
    const text = '{"a":"\u0a0a\u0d0a\u010a"}\n"b"\n';
    for (const isBigEndian of [false, true]) {
      const encoding = isBigEndian ? "utf-16be" : "utf-16le";
      const records = await read("a.ndjson", utf16(text, isBigEndian), { encoding });
      expect(texts(records)).toEqual(text.trim().split("\n"));
      const raw = await read("a.txt", utf16("é\nx", isBigEndian), { encoding, format: "text" });
      expect(texts(raw)).toEqual(["é", "x"]);
    }
    const japanese = Buffer.from("8367838c830a", "hex");
    const bytes = Buffer.concat([japanese.subarray(0, 4), Buffer.from("\n[1]\n")]);
    expect(texts(await read("a.txt", bytes, { encoding: "shift_jis", format: "text" }))).toEqual([
      "トレ",
      "[1]",
    ]);
  });

  it("may be wrong", async () => {
    await expect(read("a.csv", latin1("id\né\n"), { encoding: "utf-8" })).rejects.toThrow(
      "a.csv:2:1: the byte 0xe9 is not UTF-8.",
    );
    await expect(
      read("a.csv", latin1("id\n\x81x\n"), { encoding: "shift_jis" }),
    ).resolves.toBeDefined();
    await expect(
      read("a.csv", Buffer.from([...latin1("id\n"), 0xff, 10]), { encoding: "shift_jis" }),
    ).rejects.toThrow("a.csv:2:1: this is not shift_jis.");
    const broken = Buffer.concat([latin1("id\n"), Buffer.from([0x83, 10]), latin1("a\n")]);
    const after = await readSkipping("a.csv", broken, { encoding: "shift_jis" });
    expect([values(after.records), after.bad.length]).toEqual([[{ id: "a" }], 1]);
    const half = Buffer.concat([utf16("id\nab"), Buffer.from("c")]);
    await expect(read("a.csv", half, { encoding: "utf-16le" })).rejects.toThrow(
      "a.csv:2:1: this is not utf-16le, of which each character has two bytes.",
    );
  });
});

describe("a byte order mark", () => {
  const mark = "\ufeff";

  it("says that a text is UTF-16, and is no part of it", async () => {
    for (const isBigEndian of [false, true]) {
      let layout: unknown;
      const records = await read("a.csv", utf16(`${mark}id,name\n1,Zoë\n`, isBigEndian), {
        onLayout: (found) => {
          layout = found;
        },
      });
      expect(values(records)).toEqual([{ id: "1", name: "Zoë" }]);
      const encoding = isBigEndian ? "utf-16be" : "utf-16le";
      expect(layout).toEqual({ format: "csv", columns: ["id", "name"], encoding });
    }
    expect(texts(await read("a.log", utf16(`${mark}é\n`), { format: "text" }))).toEqual(["é"]);
  });

  it("of UTF-8 is no part of the text, at its beginning or where files were joined", async () => {
    const file = `${mark}id\n1\n`;
    expect(values(await read("a.csv", file))).toEqual([{ id: "1" }]);
    expect(texts(await read("a.ndjson", `${mark}[1]\n${mark}[2]\n`))).toEqual(["[1]", "[2]"]);
    expect(values(await read("a.json", `${mark}[\n1]`))).toEqual([1]);
    const line = '::1 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 400 -\n';
    const [, second] = values(await read("a.log", `${mark}${line}${mark}${line}`));
    expect(second.host).toBe("::1");
  });

  it.each([
    [
      "that --encoding contradicts",
      Buffer.from(`${mark}id\n`),
      "latin1",
      "a.csv:1: its byte order mark is that of utf-8",
    ],
    [
      "of UTF-32",
      Buffer.from("fffe000061000000", "hex"),
      undefined,
      "a.csv:1: this is UTF-32. Make UTF-8 of it",
    ],
  ])("%s is refused", async (_, bytes, encoding, message) => {
    await expect(read("a.csv", bytes, { encoding })).rejects.toThrow(message);
  });

  it("that is missing in UTF-16 is asked for", async () => {
    await expect(read("a.csv", utf16("id\n1\n"))).rejects.toThrow(
      "a.csv:1: every second byte is 0: is this UTF-16? Give --encoding utf-16le.",
    );
    await expect(read("a.csv", utf16("id\n1\n", true))).rejects.toThrow("--encoding utf-16be");
  });
});
