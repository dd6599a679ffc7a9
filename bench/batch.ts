/** A batch of Lambda's limit, 10,000 records, and a handler that does nothing: what is left is the framework. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { contenders, size } from "./batch/contenders.ts";
import { type Comparison, compare, type Turn } from "./compare.ts";
import type { Row, RowSet } from "./harness.ts";

export const batch: RowSet = { name: "batch", rows };

async function* rows(): AsyncGenerator<Row> {
  yield await row("10,000 records, no decoding", "plain", ["base64 alone"], {
    ...{ atLeast: 1.25, rounds: 7 * turnsOfProcess },
  });
  yield await row("10,000 records, JSON and a zod schema", "parser", [], {
    ...{ atLeast: 2, rounds: 5 },
  });
  yield await row("the same, Powertools without its parser", "json", ["parsing alone"], {
    ...{ atLeast: 1.5, shareAtLeast: { "parsing alone": 0.9 }, rounds: 7 * turnsOfProcess },
  });
}

/**
 * Each in processes of its own, as a function is: the engine specializes what they share (JSON, zod, Powertools' own processors) for who
 * uses it, and would do so for all of them at once. In several, one after the other: no two compile the same code at the same moments, and
 * some stay a tenth slower than others.
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
      warmUps: 0,
    });
  } finally {
    for (const end of ends) end();
  }
}

const turnsOfProcess = 16;
const warmUps = 12;

/** A contender's turns: the milliseconds that each took. */
function turnsOf(of: string, who: string): { readonly turn: Turn; readonly end: () => void } {
  let child: ChildProcess | undefined;
  let told: PromiseWithResolvers<number> | undefined;
  let turns = 0;
  function end(): void {
    child?.removeAllListeners("exit");
    child?.kill();
  }
  function begin(): void {
    end();
    child = fork(fileURLToPath(new URL("batch/process.ts", import.meta.url)), [of, who]);
    child.on("message", (ms: number) => told!.resolve(ms));
    child.on("exit", (code) => told!.reject(new Error(`${of}: ${who} ended with ${code}.`)));
  }
  function ask(): Promise<number> {
    told = Promise.withResolvers();
    child!.send("turn");
    return told.promise;
  }
  return {
    async turn() {
      if (turns++ % turnsOfProcess === 0) {
        begin();
        for (let left = warmUps; left > 0; left--) await ask();
      }
      return ask();
    },
    end,
  };
}
