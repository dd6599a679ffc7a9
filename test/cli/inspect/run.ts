import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { inspectCommand } from "../../../packages/cli/src/inspect/command.ts";

/** Runs the command. */
export async function run(args: readonly string[], input: string | Uint8Array = "") {
  let out = "";
  let err = "";
  const status = await inspectCommand(args, {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    input: Readable.from([Buffer.from(input)]),
  });
  return { status, out, err };
}

/** What it prints for programs, of what stands in standard input. */
export async function inspected(content: unknown) {
  const isRaw = typeof content === "string" || content instanceof Uint8Array;
  const { out, ...rest } = await run(["-", "--json"], isRaw ? content : JSON.stringify(content));
  const things = out.split("\n").filter((line) => line !== "");
  return { ...rest, things: things.map((line) => JSON.parse(line)) };
}

/** What it prints for a person. */
export async function printed(content: unknown) {
  const isRaw = typeof content === "string" || content instanceof Uint8Array;
  return run(["-"], isRaw ? content : JSON.stringify(content, null, 2));
}

export function file(name: string, content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "shardmill-inspect-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
