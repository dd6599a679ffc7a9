import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openKinesis } from "../../../../packages/local/src/kinesis/durable/index.ts";
import type { Kinesis } from "../../../../packages/local/src/kinesis/index.ts";
import { shardId, stream } from "../simulated.ts";
import { temporaryDirectory } from "./directory.ts";

const script = fileURLToPath(new URL("put-until-killed.ts", import.meta.url));

test("a process that is killed in the middle of writing loses no record that was saved", async () => {
  const data = temporaryDirectory();
  const acknowledged = new Set<string>();
  for (const lines of [50, 700, 1500]) {
    for (const one of await putAndKill(data, lines)) acknowledged.add(one);
    const kinesis = await openKinesis({ data });
    const found = sequenceNumbers(kinesis);
    expect(new Set(found).size).toBe(found.length);
    expect([...acknowledged].filter((one) => !found.includes(one))).toEqual([]);
    await kinesis.close();
  }
});

/** The numbers that the process printed before it was killed, `lines` of them or more. */
async function putAndKill(data: string, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, data], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += chunk;
    if (printed.split("\n").length > lines) child.kill("SIGKILL");
  });
  await once(child, "close");
  const whole = printed.split("\n").slice(0, -1);
  expect(whole.length).toBeGreaterThanOrEqual(lines);
  return whole;
}

function sequenceNumbers(kinesis: Kinesis): string[] {
  return [0, 1].flatMap((index) => {
    const numbers: string[] = [];
    const from = { stream, shardId: shardId(index), type: "TRIM_HORIZON" } as const;
    for (let at: string | undefined = kinesis.getShardIterator(from); at !== undefined; ) {
      const { records, nextShardIterator } = kinesis.getRecords({ shardIterator: at });
      numbers.push(...records.map(({ sequenceNumber }) => sequenceNumber));
      at = records.length > 0 ? nextShardIterator : undefined;
    }
    return numbers;
  });
}
