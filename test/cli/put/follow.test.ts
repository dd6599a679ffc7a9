import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { putCommand } from "../../../packages/cli/src/put/command.ts";
import { followFile } from "../../../packages/cli/src/put/follow.ts";
import { systemClock } from "../../../src/time/clock.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { folder, type Served, served, until, written } from "./served.ts";

const following = { pollMs: 2, quietMs: 20 };

/** Follows a file; `end` is Ctrl-C. */
function follow(stream: Served, file: string, ...options: string[]) {
  const ended = new AbortController();
  const { out, err, texts } = written();
  const args = ["orders", file, "--follow", "--endpoint", stream.endpoint, "--format", "text"];
  const status = putCommand([...args, "--json", ...options], {
    ...{ out, err, env: {}, signal: ended.signal, following },
  });
  onTestFinished(() => ended.abort());
  return {
    texts,
    status,
    async end() {
      ended.abort();
      return { status: await status, ...texts };
    },
  };
}

const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `line ${from + n}\n`).join("");

/** What of 0 to `count` was never put. */
function missing(stream: Served, count: number): number[] {
  const put = new Set(stream.texts().map(({ text }) => text));
  return Array.from({ length: count }, (_, n) => n).filter((n) => !put.has(`line ${n}`));
}

const has = (stream: Served, text: string) => () => stream.texts().some((one) => one.text === text);

describe("a file that grows", () => {
  it("may be UTF-16, and goes on in it", async () => {
    const stream = await served();
    const utf16 = (text: string) => Buffer.from(text, "utf16le");
    const file = folder().write("a.csv", utf16("\ufeffid\r\né\r\n"));
    // The last option counts.
    const first = follow(stream, file, "--format", "csv");
    await until(has(stream, '{"id":"é"}'));
    await first.end();
    expect(JSON.parse(readFileSync(`${file}.orders.checkpoint`, "utf8"))).toMatchObject({
      layout: { format: "csv", columns: ["id"], encoding: "utf-16le" },
    });
    appendFileSync(file, utf16("ü\r\n"));
    const second = follow(stream, file, "--format", "csv");
    await until(has(stream, '{"id":"ü"}'));
    await second.end();
    expect(stream.texts()).toHaveLength(2);
    const other = await follow(stream, file, "--format", "csv", "--encoding", "latin1").end();
    expect(other.err).toContain(
      "is of a file in utf-16le, and --encoding says windows-1252. Leave --encoding out, or begin anew with --restart.",
    );
    expect(other.status).toBe(1);
  });

  it("is put as soon as it has a line, however short that is", async () => {
    const stream = await served();
    const file = folder().write("a.log", "1\n");
    const following = follow(stream, file);
    await until(has(stream, "1"));
    await following.end();
  });

  it("is put line by line, but for the line that has no end yet", async () => {
    const stream = await served();
    const file = folder().write("a.log", "line 0\nli");
    const following = follow(stream, file);
    await until(has(stream, "line 0"));
    appendFileSync(file, "ne 1\nhalf");
    await until(has(stream, "line 1"));
    const { status, out, err } = await following.end();
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({ records: 2, checkpoint: `${file}.orders.checkpoint` });
    expect(stream.texts()).toHaveLength(2);
    expect(JSON.parse(readFileSync(`${file}.orders.checkpoint`, "utf8"))).toMatchObject({
      ...{ stream: "orders", offset: 14, line: 3 },
    });
  });

  it("goes on where it was, and leaves nothing but its checkpoint behind", async () => {
    const stream = await served();
    const at = folder();
    const file = at.write("a.log", lines(0, 2));
    const first = follow(stream, file);
    await until(has(stream, "line 1"));
    await first.end();
    appendFileSync(file, lines(2, 4));
    const second = follow(stream, file);
    await until(has(stream, "line 3"));
    expect((await second.end()).err).toContain("a.log: going on at line 3");
    expect(stream.texts()).toHaveLength(4);
    const again = follow(stream, file, "--restart");
    await until(() => stream.texts().length === 8);
    await again.end();
    expect(readdirSync(at.path).sort()).toEqual(["a.log", "a.log.orders.checkpoint"]);
  });

  it("may be CSV, whose columns are known after a restart", async () => {
    const stream = await served();
    const file = folder().write("a.csv", 'id,text\n1,"two\nlines"\n');
    const args = ["orders", file, "--follow", "--endpoint", stream.endpoint, "--key", "id"];
    for (const more of ["2,b\n", "3,c\n"]) {
      const ended = new AbortController();
      const { out, err } = written();
      const status = putCommand(args, { out, err, env: {}, following, signal: ended.signal });
      appendFileSync(file, more);
      await until(has(stream, `{"id":"${more[0]}","text":"${more[2]}"}`));
      ended.abort();
      expect(await status).toBe(0);
    }
    expect(stream.texts().map(({ partitionKey }) => partitionKey)).toEqual(["1", "2", "3"]);
  });

  it("may not be there yet", async () => {
    const stream = await served();
    const at = folder();
    const following = follow(stream, at.at("a.log"));
    at.write("a.log", lines(0, 1));
    await until(has(stream, "line 0"));
    expect((await following.end()).status).toBe(0);
  });
});

describe("a file that is rotated", () => {
  it("by renaming is read to its end first, what is written to it later included", async () => {
    const stream = await served();
    const file = folder().write("a.log", lines(0, 2));
    const following = follow(stream, file);
    await until(has(stream, "line 1"));
    appendFileSync(file, lines(2, 3));
    renameSync(file, `${file}.1`);
    writeFileSync(file, lines(4, 6));
    // Whoever has it open writes on.
    appendFileSync(`${file}.1`, "line 3");
    await until(has(stream, "line 5"));
    const { err } = await following.end();
    expect(err).toContain("a.log was rotated.");
    expect(
      stream
        .texts()
        .map(({ text }) => text)
        .sort(),
    ).toEqual(lines(0, 6).trim().split("\n"));
  });

  it("is not taken for its checkpoint, which stands beside it", async () => {
    const stream = await served();
    const file = folder().write("a.log", lines(0, 2));
    const following = follow(stream, file);
    await until(() => existsSync(`${file}.orders.checkpoint`));
    renameSync(file, `${file}.1`);
    writeFileSync(file, lines(2, 4));
    await until(has(stream, "line 3"));
    const { status } = await following.end();
    expect(status).toBe(0);
    expect(stream.texts()).toHaveLength(4);
    expect(missing(stream, 4)).toEqual([]);
  });

  it("several times while nobody followed is read in order", async () => {
    const stream = await served();
    const file = folder().write("a.log", lines(0, 3));
    const first = follow(stream, file);
    await until(has(stream, "line 2"));
    await first.end();
    appendFileSync(file, lines(3, 4));
    renameSync(file, `${file}.2`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    writeFileSync(`${file}.1`, lines(4, 6));
    await new Promise((resolve) => setTimeout(resolve, 10));
    writeFileSync(file, lines(6, 8));
    const second = follow(stream, file);
    await until(has(stream, "line 7"));
    await second.end();
    expect(missing(stream, 8)).toEqual([]);
    expect(stream.texts()).toHaveLength(8);
  });

  it("before it had a line is remembered", async () => {
    const stream = await served();
    const file = folder().write("a.log", "");
    const first = follow(stream, file);
    await until(() => existsSync(`${file}.orders.checkpoint`));
    await first.end();
    appendFileSync(file, lines(0, 1));
    renameSync(file, `${file}.1`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    writeFileSync(file, lines(1, 2));
    const second = follow(stream, file);
    await until(has(stream, "line 1"));
    await second.end();
    expect(missing(stream, 2)).toEqual([]);
  });

  it("at any moment, also while its successor is looked for, loses none of its files", async () => {
    const file = folder().write("a.log", "");
    const ended = new AbortController();
    const read: string[] = [];
    const options = { pollMs: 0, quietMs: 0, clock: systemClock, signal: ended.signal };
    const reading = (async () => {
      for await (const { chunks } of followFile(file, undefined, { ...options, note() {} })) {
        for await (const chunk of chunks) read.push(...String(chunk).trim().split("\n"));
      }
    })();
    const random = seededRandom(1);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (let n = 1; n <= 200; n++) {
      writeFileSync(file, `line ${n}\n`);
      // The order of the files is that of their times, and this is faster than the file system's clock.
      utimesSync(file, n, n);
      // The first file is read before it is rotated: nobody follows what was rotated before they came.
      while (read.length < Math.max(1, n - 1)) await turn();
      for (let turns = Math.floor(20 * random()); turns > 0; turns--) await turn();
      renameSync(file, `${file}.${n}`);
      // Whoever rotates keeps a few.
      rmSync(`${file}.${n - 10}`, { force: true });
    }
    writeFileSync(file, "");
    await until(() => read.length >= 200);
    ended.abort();
    await reading;
    expect(read).toEqual(Array.from({ length: 200 }, (_, n) => `line ${n + 1}`));
  });

  it("by copying and truncating is read to the end of the copy", async () => {
    const stream = await served();
    const file = folder().write("a.log", lines(0, 50));
    const following = follow(stream, file);
    await until(has(stream, "line 49"));
    appendFileSync(file, `${lines(50, 52)}li`);
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
    appendFileSync(`${file}.1`, "ne 52\n");
    appendFileSync(file, lines(53, 55));
    await until(has(stream, "line 54"));
    const { err } = await following.end();
    expect(err).toMatch(/was (truncated; its copy is read to the end|rotated)/);
    expect(missing(stream, 55)).toEqual([]);
    expect(stream.texts()).toHaveLength(55);
  });

  it("by copying and truncating while nobody followed goes on in the copy", async () => {
    const stream = await served();
    const file = folder().write("a.log", lines(0, 3));
    const first = follow(stream, file);
    await until(has(stream, "line 2"));
    await first.end();
    appendFileSync(file, lines(3, 5));
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
    appendFileSync(file, "another beginning, and longer than the old one was\nline 5\n");
    const second = follow(stream, file);
    await until(has(stream, "line 5"));
    await second.end();
    expect(missing(stream, 6)).toEqual([]);
    expect(stream.texts()).toHaveLength(7);
  });

  it("by truncating alone begins again, and says what that means", async () => {
    const stream = await served();
    const file = folder().write("a.log", lines(0, 3));
    const following = follow(stream, file);
    await until(has(stream, "line 2"));
    writeFileSync(file, "new\n");
    await until(has(stream, "new"));
    expect((await following.end()).err).toContain("was truncated, and there is no copy");
  });

  it("and gone before it was read is an error, not a gap", async () => {
    const stream = await served();
    const file = folder().write("a.log", lines(0, 3));
    const first = follow(stream, file);
    await until(has(stream, "line 2"));
    await first.end();
    unlinkSync(file);
    writeFileSync(file, "other\n");
    const { err, status } = await (async () => {
      const second = follow(stream, file);
      return { status: await second.status, ...second.texts };
    })();
    expect(err).toContain("(read up to line 4, byte 21) is gone or packed");
    expect(status).toBe(1);
  });
});

it("no line is left out when a put is ended at any time, and few are put twice", async () => {
  const stream = await served({ faults: { PutRecords: { throttleRate: 0.2, latencyMs: 3 } } });
  const file = folder().write("a.log", "");
  let written = 0;
  for (let round = 0; round < 6; round++) {
    const following = follow(stream, file);
    for (let n = 0; n < 5; n++) {
      appendFileSync(file, lines(written, written + 40));
      written += 40;
      // Whoever has read nothing yet does not know what was rotated before.
      if (written === 40) await until(has(stream, "line 0"));
      if (round % 2 === 1 && n === 2) {
        renameSync(file, `${file}.${round}`);
        writeFileSync(file, "");
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await following.end();
  }
  const last = follow(stream, file);
  await until(() => missing(stream, written).length === 0);
  expect((await last.end()).status).toBe(0);
});

it("--checkpoint lets a put that was interrupted go on, to the end", async () => {
  const stream = await served({ faults: { PutRecords: { latencyMs: 20 } } });
  const at = folder();
  const file = at.write("a.ndjson", lines(0, 3000).replaceAll(/line \d+/g, '{"text":"$&"}'));
  const args = ["orders", file, "--checkpoint", at.at("c"), "--endpoint", stream.endpoint];
  const put = async (signal: AbortSignal) => {
    const { out, err, texts } = written();
    const status = await putCommand([...args, "--json"], { out, err, env: {}, signal });
    return { status, ...texts };
  };
  const ended = new AbortController();
  const first = put(ended.signal);
  await until(() => stream.texts().length > 500);
  ended.abort();
  expect((await first).status).toBe(1);
  const second = await put(new AbortController().signal);
  expect(second.status).toBe(0);
  const ids = new Set(stream.texts().map(({ text }) => JSON.parse(text).text));
  expect(ids.size).toBe(3000);
  expect(JSON.parse(second.out).records).toBeLessThan(3000);
  expect(JSON.parse((await put(new AbortController().signal)).out).records).toBe(0);
});

it.each([
  ["is none", "{", "is no checkpoint of shardmill put"],
  ["is of another stream", '{"stream":"x","inode":"1","offset":0}', "of the stream x."],
  [
    "is of another file",
    JSON.stringify({
      ...{ stream: "orders", inode: "1", offset: 2, line: 2, layout: { format: "text" } },
      head: { bytes: 2, sha256: "0" },
    }),
    "is not the file that the checkpoint is of",
  ],
])("a checkpoint that %s is refused", async (_, text, message) => {
  const stream = await served();
  const at = folder();
  const { out, err, texts } = written();
  const args = ["orders", at.write("a.log", lines(0, 3)), "--checkpoint", at.write("c", text)];
  const status = await putCommand([...args, "--endpoint", stream.endpoint], {
    ...{ out, err, env: {}, signal: new AbortController().signal },
  });
  expect(texts.err).toContain(message);
  expect(status).toBe(1);
  expect(stream.texts()).toEqual([]);
});
