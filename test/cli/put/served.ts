/** A stream behind a server, a folder for files, and a command that is run on both. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import {
  createKinesis,
  type Kinesis,
  type KinesisOptions,
} from "../../../packages/local/src/kinesis/index.ts";
import {
  createKinesisServer,
  type Faults,
} from "../../../packages/local/src/kinesis/server/index.ts";
import { deaggregate } from "../../../src/kpl.ts";
import { seededRandom } from "../../../src/time/random.ts";

export interface ServedOptions extends KinesisOptions {
  readonly shards?: number;
  readonly faults?: Faults;
}

export interface Served {
  readonly endpoint: string;
  readonly kinesis: Kinesis;
  readonly close: () => Promise<void>;
  /** What the shards hold, the oldest first, shard by shard. */
  stored(): Stored[];
  /** The same, with aggregates taken apart: data as text, with its key. */
  texts(): { readonly partitionKey: string; readonly text: string }[];
}

export interface Stored {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

/** Serves the stream `orders`. */
export async function served({
  shards = 1,
  faults = {},
  ...options
}: ServedOptions = {}): Promise<Served> {
  const kinesis = createKinesis(options);
  kinesis.createStream({ name: "orders", shards });
  const random = seededRandom(7);
  const server = await createKinesisServer({ kinesis, faults, random, limits: false });
  onTestFinished(() => server.close());
  const stored = () =>
    kinesis.listShards({ stream: "orders" }).flatMap(({ shardId }) => {
      const position = { type: "TRIM_HORIZON", stream: "orders", shardId } as const;
      const found: Stored[] = [];
      let iterator: string | undefined = kinesis.getShardIterator(position);
      for (let last = -1; iterator !== undefined && last !== found.length; ) {
        last = found.length;
        const page = kinesis.getRecords({ shardIterator: iterator });
        found.push(...page.records.map((record) => ({ ...record, shardId })));
        iterator = page.nextShardIterator;
      }
      return found;
    });
  return {
    endpoint: server.endpoint,
    kinesis,
    close: () => server.close(),
    stored,
    texts: () =>
      stored()
        .flatMap(({ partitionKey, data }) => deaggregate(data) ?? [{ partitionKey, data }])
        .map(({ partitionKey, data }) => ({ partitionKey, text: Buffer.from(data).toString() })),
  };
}

/** A folder for the test's files. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), "shardmill-cli-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    at: (name: string) => join(path, name),
    write(name: string, content: string | Uint8Array) {
      writeFileSync(join(path, name), content);
      return join(path, name);
    },
  };
}

/** What a command has written. */
export function written() {
  const texts = { out: "", err: "" };
  return {
    ...{ out: { write: (text: string) => (texts.out += text) } },
    ...{ err: { write: (text: string) => (texts.err += text) } },
    texts,
  };
}

/** Resolves once it holds. A test that waits in vain times out. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
