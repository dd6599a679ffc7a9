/** What a cold start costs beside Node's own: the import of a bundled handler, each time in a new process. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { bundled, type HandlerName, type Sdk } from "./handlers.ts";
import { type Row, type RowSet, race, timesAsLong } from "./harness.ts";

export const cold: RowSet = { name: "cold", rows };

const run = promisify(execFile);

async function* rows(): AsyncGenerator<Row> {
  const folder = await mkdtemp(join(tmpdir(), "shardmill-cold-"));
  try {
    const turn = async (name: HandlerName, sdk: Sdk) => {
      const file = join(folder, `${name}-${sdk}.mjs`);
      await writeFile(file, await bundled(name, sdk));
      return () => importTime(file);
    };
    for (const [sdk, label, limit] of [
      ["empty", "a bundled handler imported, SDK left out", 0.3],
      ["bundled", "the same, SDK bundled", undefined],
    ] as const) {
      const times = await race(
        {
          shardmill: await turn("typical", sdk),
          "without progress": await turn("small", sdk),
          Powertools: await turn("powertools", sdk),
        },
        { rounds: 25, warmUps: 2 },
      );
      const values: Record<string, number | string> = {};
      for (const [who, { medianMs, lowestMs, highestMs }] of Object.entries(times)) {
        values[`${who} ms`] = medianMs;
        values[`(${who})`] = `${lowestMs.toFixed(1)}–${highestMs.toFixed(1)}`;
      }
      values.times = timesAsLong(times.shardmill, times.Powertools);
      yield {
        name: label,
        peer: "Powertools batch + idempotency",
        values,
        ...(limit !== undefined && { limits: { times: limit } }),
      };
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds, taken in the process itself around the import alone. */
async function importTime(file: string): Promise<number> {
  const program = `
    const begun = performance.now();
    const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
    console.log(JSON.stringify({ ms: performance.now() - begun, is: typeof handler }));`;
  const { stdout, stderr } = await run(
    process.execPath,
    ["--input-type=module", "--eval", program],
    {
      env: { ...process.env, AWS_REGION: "us-east-1", POWERTOOLS_DEV: "false" },
    },
  );
  assert.equal(stderr, "", "What complains takes time.");
  const { ms, is } = JSON.parse(stdout) as { ms: number; is: string };
  assert.equal(is, "function");
  return ms;
}
