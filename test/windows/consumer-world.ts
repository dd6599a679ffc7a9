/** A consumer with windows, or SQL, on a stream that is resharded, in environments that die: what its rows are, and how often each. */
import {
  json,
  kinesisConsumer,
  memoryProgress,
  type ProgressStore,
  type WindowedConsumerOptions,
  withRuntime,
} from "shardmill";
import type { RowHead, Windows } from "shardmill/windows";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import {
  createEventSourceMapping,
  type MappingSettings,
} from "../../packages/local/src/lambda/mapping/index.ts";
import { streamView } from "../../src/testing/stream-view.ts";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";

export interface Sale {
  readonly key: string;
  readonly at: number;
  readonly price: number;
  readonly user: string;
}

/** What is put, and what happens to the shards between. */
export type Move =
  | { readonly put: Omit<Sale, "at"> & { readonly delay: number } }
  | { readonly wait: number }
  | { readonly split: number }
  | { readonly merge: number };

/** What may go wrong in an invocation, counted from its beginning. */
export interface Fault {
  /** The environment dies at its append of that number: before it is in the log, or right after. */
  readonly dies?: { readonly append: number; readonly isBefore: boolean };
  /** The append of that number is refused, and nobody says why. */
  readonly refuses?: number;
  /** At the append of that number the environment stands still for so long, and the invocation is given up. Then it goes on. */
  readonly stalls?: { readonly append: number; readonly ms: number };
  /** The row of that number throws, before it has had an effect. */
  readonly throws?: number;
  /** The invocation runs in a new environment. */
  readonly isNew?: boolean;
}

const stream = "sales";
const never = new Promise<never>(() => {});

export interface Ran {
  /** In the order of their effects. */
  readonly rows: readonly RowHead[];
  readonly late: readonly Sale[];
  /** What was put, and when. */
  readonly sales: readonly { readonly key: string; readonly arrival: number }[];
  readonly requests: { readonly reads: number; readonly appends: number };
  readonly lines: readonly Record<string, any>[];
  readonly invocations: number;
  /** The names of the logs that were written. */
  readonly logs: readonly string[];
  readonly progress: ProgressStore;
}

export interface RunOptions {
  readonly windows?: Windows<Sale, RowHead>;
  /** Another consumer than of windows: `give` is the effect of a row. */
  readonly consumer?: (
    progress: ProgressStore,
    give: (row: RowHead) => Promise<void>,
  ) => ReturnType<typeof kinesisConsumer>;
  readonly moves: readonly Move[];
  readonly faults?: readonly Fault[];
  readonly shards?: number;
  readonly settings?: MappingSettings;
  /** After how many milliseconds each a flush comes, once all was delivered; and what is put then. */
  readonly flushes?: readonly number[];
  readonly after?: readonly Move[];
  /** When something arrived that nobody has read, as Kinesis tells it, in epoch milliseconds. */
  readonly unreadSince?: number;
  readonly more?: Partial<WindowedConsumerOptions<Sale, RowHead>>;
}

export async function run({
  windows,
  consumer,
  moves,
  faults = [],
  shards = 1,
  settings = {},
  flushes = [],
  after = [],
  unreadSince,
  more = {},
}: RunOptions): Promise<Ran> {
  const clock = virtualClock({ patience: 0 });
  const kinesis = createKinesis({ clock, random: seededRandom(1) });
  kinesis.createStream({ name: stream, shards });
  const open = () =>
    kinesis
      .listShards({ stream, filter: { type: "AT_LATEST" } })
      .sort((a, b) =>
        BigInt(a.hashKeyRange.startingHashKey) < BigInt(b.hashKeyRange.startingHashKey) ? -1 : 1,
      );
  const view = streamView(kinesis, stream);
  const sales: { readonly key: string; readonly arrival: number }[] = [];
  for (const move of moves) await make(move);

  async function make(move: Move): Promise<void> {
    if ("wait" in move) await clock.advance(move.wait);
    else if ("put" in move) {
      const { delay, ...sale } = move.put;
      sales.push({ key: sale.key, arrival: clock.now() });
      const data = Buffer.from(JSON.stringify({ ...sale, at: clock.now() - delay }));
      kinesis.putRecord({ stream, partitionKey: sale.key, data });
    } else if ("split" in move) {
      const shard = open()[move.split % open().length]!;
      const { startingHashKey, endingHashKey } = shard.hashKeyRange;
      const middle = (BigInt(startingHashKey) + BigInt(endingHashKey)) / 2n;
      kinesis.splitShard({
        stream,
        shardToSplit: shard.shardId,
        newStartingHashKey: String(middle),
      });
      await clock.advance(60_000);
    } else if (open().length > 1) {
      const [one, other] = open().slice(move.merge % (open().length - 1));
      kinesis.mergeShards({
        stream,
        shardToMerge: one!.shardId,
        adjacentShardToMerge: other!.shardId,
      });
      await clock.advance(60_000);
    }
  }

  const store = memoryProgress(view);
  const rows: RowHead[] = [];
  const late: Sale[] = [];
  const lines: Record<string, any>[] = [];
  const logs = new Set<string>();
  const requests = { reads: 0, appends: 0 };
  let invocations = 0;

  interface Environment {
    readonly handler: ReturnType<typeof kinesisConsumer>;
    readonly died: Promise<never>;
    fault: Fault;
    appends: number;
    ran: number;
    isDead: boolean;
  }
  let current: Environment | undefined;

  function start(): Environment {
    const { promise: died, reject } = Promise.withResolvers<never>();
    died.catch(() => {});
    const giveUp = reject;
    const die = () => {
      environment.isDead = true;
      reject(new Error("exit status 1"));
      return never;
    };
    const alive = <T>(work: () => Promise<T>): Promise<T> =>
      environment.isDead ? never : work().then((value) => (environment.isDead ? never : value));
    const progress: ProgressStore = {
      ...store,
      readAfter: (...args) => {
        requests.reads++;
        return alive(() => store.readAfter(...args));
      },
      readBefore: (...args) => {
        requests.reads++;
        return alive(() => store.readBefore(...args));
      },
      readSome: (...args) => {
        requests.reads++;
        return alive(() => store.readSome(...args));
      },
      append: async (...args) => {
        if (environment.isDead) return never;
        const { dies } = environment.fault;
        if (environment.fault.refuses === environment.appends) {
          environment.appends++;
          throw new Error("no such table");
        }
        const { stalls } = environment.fault;
        if (stalls?.append === environment.appends) {
          environment.fault = {};
          if (current === environment) current = undefined;
          giveUp(new Error("Task timed out"));
          await clock.sleep(stalls.ms);
        }
        const isHere = dies?.append === environment.appends++;
        if (isHere && dies!.isBefore) return die();
        requests.appends++;
        logs.add(args[0]);
        const appended = await store.append(...args);
        return isHere ? die() : appended;
      },
    };
    const give = async (row: RowHead): Promise<void> => {
      const turn = environment.ran++;
      await null;
      if (environment.isDead) return never;
      if (environment.fault.throws === turn) throw new Error("no");
      rows.push(row);
    };
    const environment: Environment = {
      ...{ died, fault: {}, appends: 0, ran: 0, isDead: false },
      handler:
        consumer?.(progress, give) ??
        kinesisConsumer(
          defined({
            ...{ consumer: "totals", decode: json(), metrics: false, window: windows },
            ...{ late: (sale: Sale) => void late.push(sale), process: give, ...more, progress },
          }) as WindowedConsumerOptions<Sale, RowHead>,
        ),
    };
    return environment;
  }

  const mapping = createEventSourceMapping({
    kinesis,
    clock,
    stream,
    random: seededRandom(2),
    settings: {
      functionResponseTypes: ["ReportBatchItemFailures"],
      maximumRetryAttempts: -1,
      ...settings,
    },
    invoke: (event, context) => invoke(event, context),
  });
  async function invoke(event: unknown, { awsRequestId }: { readonly awsRequestId: string }) {
    const fault = faults[invocations++] ?? {};
    if (!current || current.isDead || fault.isNew) current = start();
    const environment = current;
    Object.assign(environment, { fault, appends: 0, ran: 0 });
    const end = clock.now() + 60_000;
    const context = withRuntime(
      {
        awsRequestId,
        invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:totals",
        getRemainingTimeInMillis: () => end - clock.now(),
      },
      {
        clock,
        random: seededRandom(1000 + invocations),
        write: (line) => void lines.push(JSON.parse(line)),
        ...view,
        ...(unreadSince !== undefined && {
          firstRecords: async () => ({
            records: [
              {
                ...{ sequenceNumber: "1", partitionKey: "a", data: new Uint8Array(0) },
                arrival: unreadSince,
              },
            ],
            isEnd: true,
          }),
        }),
      },
    );
    return Promise.race([environment.handler(event, context), environment.died]);
  }
  await mapping.drain();
  for (const ms of flushes) {
    await clock.advance(ms);
    await invoke(
      { shardmillFlush: { streamArn: `arn:aws:kinesis:us-east-1:123456789012:stream/${stream}` } },
      { awsRequestId: "flush" },
    );
  }
  for (const move of after) await make(move);
  await mapping.drain();
  await mapping.close?.();
  return { rows, late, sales, requests, lines, invocations, logs: [...logs], progress: store };
}

const defined = (options: object) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
