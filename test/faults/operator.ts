/**
 * Somebody at a command line, on machines that may stop at any moment: `shardmill redrive` and
 * `shardmill progress reset`.
 */
import type { Told } from "../../packages/cli/src/redrive/outcome.ts";
import type { KinesisEvent } from "../../src/record/lambda-event.ts";
import { seededRandom } from "../../src/time/random.ts";
import type { PutRecord } from "./book.ts";
import { documentClientOf, retrying, s3ClientOf } from "./clients.ts";
import { createEnvironment, type Environment } from "./environment.ts";
import { consumerName } from "./handler.ts";
import type { Host } from "./host.ts";
import { epochOf, fromRelease2, positionOf, progressTable } from "./log-view.ts";
import { bucket, queueUrl } from "./parking-seam.ts";
import { setupsOf } from "./setup.ts";
import type { World } from "./world.ts";

export interface RedriveChoice {
  /** How likely the machine stops, at each of its requests: before it, meanwhile, or after it. */
  readonly crash: number;
  readonly batchSize: number;
  /** How many records at most. @default all */
  readonly limit?: number;
  /** Lambda is known not to deliver any more what was never confirmed. */
  readonly unconfirmed?: boolean;
}

export interface Operator {
  /** Resolves when it is over, or the machine has stopped: to whether all is back. */
  redrive(choice: RedriveChoice): Promise<boolean>;
  /** Has every log of an epoch forget what was before. Resolves when it is over, or the machine has stopped. */
  reset(epoch: number, crash: number): Promise<void>;
}

/** What the SDK's clients try by themselves. */
const attempts = 3;

export function createOperator(world: World, host: Host): Operator {
  const { book, chance, clock, db, program, scenario } = world;
  let machines = 0;

  function newMachine(crash: number): Environment {
    const id = `operator ${++machines}`;
    return createEnvironment({
      ...{ id, clock },
      random: seededRandom(scenario.seed * 1000 + 500_000 + machines),
      skewMs: chance.between(...scenario.host.clocks),
      disturb(machine, seam, when) {
        if (crash === 0 || !chance.happens(crash)) return;
        book.fault(id, `stops ${when} a call to ${seam}`);
        machine.kill("stopped");
      },
      onEnd: () => {},
    });
  }

  /** Runs a command on a machine. What it throws is told: somebody reads it. */
  async function run(machine: Environment, command: () => Promise<unknown>): Promise<void> {
    await Promise.race([command(), machine.death]).catch((error: Error) => {
      if (error instanceof TypeError || error instanceof ReferenceError) {
        book.violate("crash", error.stack ?? String(error));
      }
      book.tell(machine.id, () => `gives up: ${error.message}`);
    });
  }

  const dynamodbOf = (machine: Environment) =>
    documentClientOf(
      retrying(async (command) => {
        const reply = await machine.cross("store", () => db.send(command));
        const { Items } = reply as { readonly Items?: readonly { readonly v?: number }[] };
        // The tools are of the newest release.
        return Items ? { ...(reply as object), Items: Items.map(fromRelease2) } : reply;
      }, attempts),
    );

  async function invoke(machine: Environment, event: unknown): Promise<unknown> {
    const sent = JSON.parse(JSON.stringify(event)) as KinesisEvent;
    const invocation = host.redrive(sent).catch((error: Error) => {
      throw new program.InvocationError(error.message);
    });
    invocation.catch(() => {});
    if (chance.happens(world.rates().store.lostReply ?? 0)) {
      await machine.runtime.clock.sleep(1000);
      throw new Error("socket hang up");
    }
    return JSON.parse(JSON.stringify(await invocation));
  }

  /** The consumer's names, one for each epoch that was deployed. */
  const consumers = () =>
    [...new Set(setupsOf(scenario).map(({ epoch }) => epoch))].map((epoch) =>
      epoch === 0 ? consumerName : `${consumerName}@e${epoch}`,
    );

  function commandLines(): string[][] {
    switch (scenario.consumer.park?.store) {
      case "dynamodb":
        return consumers().map((name) => ["--table", progressTable, "--consumer", name]);
      case "s3":
        return [["--bucket", bucket, "--progress-table", progressTable]];
      case "sqs":
        return [["--queue", queueUrl, "--progress-table", progressTable]];
      default:
        return [];
    }
  }

  return {
    async redrive({ crash, batchSize, limit, unconfirmed = false }) {
      const machine = newMachine(crash);
      let isWhole = true;
      const clients = {
        dynamodb: () => dynamodbOf(machine),
        kinesis: () => nobody as never,
        s3: async () =>
          s3ClientOf(
            retrying((command) => machine.cross("store", () => world.s3.send(command)), attempts),
          ),
        sqs: async () => ({
          ...nobody,
          send: retrying(
            (command) => machine.cross("store", () => world.sqs.send(command)),
            attempts,
          ),
        }),
      };
      const target = {
        name: "function",
        functionName: "function",
        invoke: (event: unknown) => machine.cross("lambda", () => invoke(machine, event)),
        close: async () => {},
      };
      for (const line of commandLines()) {
        const more = limit === undefined ? [] : ["--limit", String(limit)];
        const args = [
          ...line,
          "--function",
          "function",
          "--batch-size",
          String(batchSize),
          ...more,
          ...(unconfirmed ? ["--unconfirmed"] : []),
        ];
        book.tell(machine.id, () => `runs shardmill redrive ${args.join(" ")}`);
        await run(machine, () =>
          program.redriveAll(program.redriveSettings(args, {}), {
            ...{ clock: machine.runtime.clock, cwd: ".", env: {}, target },
            clients: clients as never,
            signal: new AbortController().signal,
            tell: (told) => {
              if (!hears(machine, told)) isWhole = false;
            },
            note: (text) => book.tell(machine.id, () => `notes: ${text}`),
          }),
        );
      }
      return isWhole;
    },

    async reset(epoch, crash) {
      const machine = newMachine(crash);
      const client = dynamodbOf(machine);
      await run(machine, async () => {
        for (const log of await program.listLogs(client, progressTable)) {
          if (epochOf(log.name) !== epoch) continue;
          await program.resetLog(client, progressTable, log, machine.runtime.clock.now);
        }
      });
      // What was sent may land so late; whoever goes on waits for it.
      await clock.sleep(60_000);
      book.fault(machine.id, "has everything done again");
    },
  };

  /** Whether nothing is left to be done for the record. */
  function hears({ id: who }: Environment, { outcome, id = "", what }: Told): boolean {
    book.tell(who, () => `hears of ${id}: ${outcome}${what ? `: ${what}` : ""}`);
    if (!isOver.has(outcome)) return false;
    const record = recordOf(id);
    if (record) record.isBack = true;
    return true;
  }

  function recordOf(id: string): PutRecord | undefined {
    const [, , , shardId, position] = id.split("#");
    return [...book.records.values()].find(
      (record) => record.shardId === shardId && positionOf(record) === position,
    );
  }
}

/** Nothing is left to be done for the record. */
const isOver = new Set(["redriven", "repeated", "duplicate", "processed"]);

const nobody = {
  send: async () => {
    throw new Error("Nobody is there.");
  },
  destroy() {},
};
