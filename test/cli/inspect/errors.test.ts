import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { kinesisEvent } from "shardmill/testing";
import { expect, test } from "vitest";
import { file, inspected, printed, run } from "./run.ts";

test("the command line is checked, and there is help", async () => {
  expect((await run(["--help"])).out).toContain("SYNOPSIS");
  const wrong = async (args: string[]) => {
    const { status, err } = await run(args);
    expect(err).toContain("See shardmill inspect --help.");
    return [status, err.split("\n")[0]];
  };
  expect(await wrong([])).toEqual([
    2,
    "shardmill inspect: which file? Name one, or - for standard input.",
  ]);
  expect(await wrong(["a", "b"])).toEqual([2, "shardmill inspect: one file at a time, not b too."]);
  expect((await wrong(["--yaml", "a"]))[0]).toBe(2);
});

test("a file that cannot be read is named", async () => {
  const there = file("event.json", "{}");
  const missing = await run([join(dirname(there), "events.json")]);
  expect([missing.status, missing.err]).toEqual([
    1,
    `shardmill inspect: cannot read ${dirname(there)}/events.json: there is no such file.\n`,
  ]);
  const folder = mkdtempSync(join(tmpdir(), "shardmill-inspect-"));
  expect((await run([folder])).err).toContain("it is a folder");
  chmodSync(there, 0);
  if (process.getuid?.() !== 0) expect((await run([there])).err).toContain("this user may not");
});

test("JSON that is none is told with its line", async () => {
  const { status, err, out } = await printed('{\n  "Records": [\n    {]\n  ]\n}\n');
  expect([status, out]).toEqual([1, ""]);
  expect(err).toMatch(
    /^shardmill inspect: standard input:3: this begins as JSON does, and is none: /,
  );
});

test("of several lines, the one that is none is told, and the others are shown", async () => {
  const event = JSON.stringify(kinesisEvent(["a"]));
  const { status, things, err } = await inspected(`${event}\n\n{"Records": \n${event}\nhello\n`);
  expect([status, things.map(({ line }) => line)]).toEqual([1, [1, 4]]);
  expect(err).toContain("standard input:3: this begins as JSON does, and is none");
  expect(err).toContain("standard input:5: this is nothing that can be inspected");
});

test("what is not recognised is told with all that was tried", async () => {
  const json = await printed({ pk: "a", sk: "b" });
  expect(json.status).toBe(1);
  for (const tried of [
    'an event of a Kinesis stream: it has no list "Records"',
    'an event of a Firehose transformation: it has no list "records"',
    'a failure document: it has no "KinesisBatchInfo"',
    'a parked record: it has no "consumer"',
    'an entry of a progress log: its "pk" and "sk" are not those of a log',
    'an answer of GetRecords: it has no list "Records"',
    'a record that shardmill record wrote: it has no "shardId"',
  ]) {
    expect(json.err).toContain(`\n  ${tried}`);
  }
  const word = await printed("hello");
  expect(word.err).toContain("a sequence number: it is not 20 digits");
  expect(word.err).toContain("an aggregated record: it is no base64");
  expect((await printed("aGVsbG8=")).err).toContain("does not begin with F3 89 9A C2");
  const bytes = await printed(Buffer.of(255, 254, 0));
  expect(bytes.err).toContain("it is no text in UTF-8");
  expect((await printed("7")).err).toContain("nothing that can be inspected");
  expect((await printed("[7]")).err).toContain("this is 7, and nothing to inspect");
  expect((await printed("")).err).toContain("it is empty");
  expect((await printed({ Records: [] })).err).toContain('its "Records" are empty');
});

test("what PowerShell has written is text, too", async () => {
  const text = `\ufeff${JSON.stringify(kinesisEvent(["é"]))}`;
  const utf16 = Buffer.from(text, "utf16le");
  for (const bytes of [utf16, Buffer.from(utf16).swap16(), Buffer.from(text)]) {
    expect((await inspected(bytes)).things).toMatchObject([{ kind: "event" }]);
  }
});

test("packed input is unpacked, and packed input that is broken is told", async () => {
  const packed = gzipSync(JSON.stringify(kinesisEvent(["a"])));
  expect((await inspected(packed)).things).toMatchObject([{ kind: "event" }]);
  expect((await run([file("event.json.gz", packed)])).status).toBe(0);
  expect((await printed(packed.subarray(0, 50))).err).toContain("unexpected end of file");
  expect((await run([file("event.json.gz", packed.subarray(0, 50))])).status).toBe(1);
});
