import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogLine } from "../../../../packages/local/src/lambda/hosts/function.ts";
import { logLines } from "../../../../packages/local/src/lambda/hosts/log-lines.ts";
import {
  markBegin,
  markEnd,
} from "../../../../packages/local/src/lambda/hosts/runtime/log-marks.ts";
import { failure, invoke, killable } from "./fixtures.ts";

describe.each(killable)("log lines of the %s host", (_, start) => {
  function logging(source: string, settings = {}) {
    const lines: LogLine[] = [];
    const fn = start(source, { onLog: (line) => lines.push(line), ...settings });
    const of = (stream: string) =>
      lines
        .filter((line) => line.stream === stream)
        .map(({ line, requestId }) => [requestId, line]);
    return { fn, lines, of };
  }

  test("are out before the invocation resolves, under its request id", async () => {
    const { fn, lines, of } = logging(`
      console.log("loading");
      export const handler = (event) => { console.log("out", event); console.error("err", event); };`);
    for (const i of [1, 2, 3]) {
      await invoke(fn, i, `request-${i}`);
      expect(of("stdout").at(-1)).toEqual([`request-${i}`, `out ${i}`]);
      expect(of("stderr").at(-1)).toEqual([`request-${i}`, `err ${i}`]);
    }
    expect(of("stdout")[0]).toEqual([undefined, "loading"]);
    const [environment] = fn.environments();
    expect(new Set(lines.map(({ environmentId }) => environmentId))).toEqual(
      new Set([environment?.environmentId]),
    );
  });

  test("are whole, however they were written, and the invocation's end ends the last", async () => {
    const { fn, of } = logging(`
      const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
      export const handler = async () => {
        const bytes = Buffer.from("größer\\r\\nzwei\\n\\nno end");
        for (const byte of bytes) { process.stdout.write(Uint8Array.of(byte)); await pause(); }
      };`);
    await invoke(fn, {}, "a");
    expect(of("stdout")).toEqual([
      ["a", "größer"],
      ["a", "zwei"],
      ["a", ""],
      ["a", "no end"],
    ]);
  });

  test("of a killed environment are not lost", async () => {
    const { fn, of } = logging(
      `export const handler = async () => {
        console.log("before");
        await new Promise((resolve) => setTimeout(resolve, 10));
        for (;;);
      };`,
      { timeout: 0.5 },
    );
    await failure(invoke(fn, {}, "a"));
    expect(of("stdout")).toEqual([["a", "before"]]);
  });

  test("are all there when there are many", async () => {
    const { fn, of } = logging(`
      export const handler = () => { for (let i = 0; i < 20_000; i++) console.log("line", i); };`);
    await invoke(fn, {}, "a");
    expect(of("stdout")).toEqual(Array.from({ length: 20_000 }, (_, i) => ["a", `line ${i}`]));
  });
});

test("lines do not depend on how the stream was cut into chunks", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "ü", "🚀", " ") });
  const invocations = fc.array(fc.tuple(fc.uuid(), fc.array(text, { minLength: 1 })));
  fc.assert(
    fc.property(invocations, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (all, sizes) => {
      const stream = Buffer.from(
        all
          .map(([id, lines]) => `${markBegin(id)}${lines.map((l) => `${l}\n`).join("")}${markEnd}`)
          .join(""),
      );
      const seen: [string | undefined, string][] = [];
      const log = logLines((line, requestId) => seen.push([requestId, line]));
      for (let at = 0; at < stream.length; ) {
        const size = sizes.next().value;
        log.write(stream.subarray(at, at + size));
        at += size;
      }
      log.end();
      expect(seen).toEqual(all.flatMap(([id, lines]) => lines.map((line) => [id, line])));
    }),
  );
});

test("a line without an end is cut at 256 KiB, as a log event is", () => {
  const lengths: number[] = [];
  const log = logLines((line) => lengths.push(line.length));
  log.write(Buffer.alloc(600 * 1024, "x"));
  log.end();
  expect(lengths).toEqual([262_144, 262_144, 90_112]);
});
