/** A batch of Lambda's limit, 10,000 records, and a handler that does nothing: what is left is the framework. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { contenders, size } from "./batch/contenders.ts";
import { type Comparison, compare, type Turn } from "./compare.ts";
import type { Row, RowSet } from "./harness.ts";

export const batch: RowSet = { name: "batch", rows };

async function* rows(): AsyncGenerator<Row> {
  yield await row("10,000 records, no decoding", "plain", ["base64 alone"], {
    ...{ atLeast: 1.25, rounds: 81 },
  });
  yield await row("10,000 records, JSON and a zod schema", "parser", [], {
    ...{ atLeast: 2, rounds: 5 },
  });
  yield await row("the same, Powertools without its parser", "json", ["parsing alone"], {
    ...{ atLeast: 1.5, shareAtLeast: { "parsing alone": 0.9 }, rounds: 81 },
  });
}

/**
 * Each in a process of its own, as a function is: the engine specializes what they share (JSON, zod, Powertools' own processors) for who
 * uses it, and would do so for all of them at once.
 */
async function row(
  name: string,
  of: keyof typeof contenders,
  noPeers: readonly string[],
  goals: Pick<Comparison, "atLeast" | "rounds" | "shareAtLeast">,
): Promise<Row> {
  const ends: (() => void)[] = [];
  try {
    const turns: Record<string, Turn> = {};
    for (const who of Object.keys(contenders[of])) {
      const { turn, end } = turnsOf(of, who);
      ends.push(end);
      turns[who] = turn;
      await turn();
    }
    const { shardmill, ...others } = turns;
    const isPeer = ([who]: [string, Turn]) => !noPeers.includes(who);
    return await compare({
      name,
      records: size,
      ours: shardmill!,
      peers: Object.fromEntries(Object.entries(others).filter(isPeer)),
      others: Object.fromEntries(Object.entries(others).filter((other) => !isPeer(other))),
      ...goals,
      warmUps: 8,
    });
  } finally {
    for (const end of ends) end();
  }
}

/** A contender's turns: the milliseconds that each took. */
function turnsOf(of: string, who: string): { readonly turn: Turn; readonly end: () => void } {
  const child = fork(fileURLToPath(new URL("batch/process.ts", import.meta.url)), [of, who]);
  let told: PromiseWithResolvers<number> | undefined;
  child.on("message", (ms: number) => told!.resolve(ms));
  child.on("exit", (code) => told?.reject(new Error(`${of}: ${who} ended with ${code}.`)));
  return {
    turn() {
      told = Promise.withResolvers();
      child.send("turn");
      return told.promise;
    },
    end: () => child.kill(),
  };
}
