/**
 * The same records through our producer and through the KPL, over two splits and a merge; read by the KCL and by our consumer. Of ours nothing
 * may be missing, changed or out of its key's order; of the KPL's it is counted.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import type { Kinesis } from "../../../packages/local/src/kinesis/index.ts";
import { createEventSourceMapping } from "../../../packages/local/src/lambda/mapping/index.ts";
import { withRuntime } from "../../../src/handler/runtime.ts";
import { bytes, kinesisConsumer } from "../../../src/index.ts";
import { kinesisProducer } from "../../../src/producer.ts";
import { systemClock } from "../../../src/time/clock.ts";
import { seededRandom } from "../../../src/time/random.ts";

const count = 4000;
const keys = 40;

/** A line is a record, `key base64`, or a reshard, `# split shard hashKey` or `# merge shard shard`. */
function inputLines(): string[] {
  const random = seededRandom(1);
  const id = (n: number) => `shardId-${String(n).padStart(12, "0")}`;
  const reshards = new Map([
    [count / 4, `# split ${id(0)} ${2n ** 126n}`],
    [count / 2, `# split ${id(1)} ${3n * 2n ** 126n}`],
    [(3 * count) / 4, `# merge ${id(2)} ${id(3)}`],
  ]);
  return Array.from({ length: count }, (_, n) => {
    const data = Buffer.alloc(4 + Math.floor(100 * random()));
    data.writeUInt32BE(n);
    for (let at = 4; at < data.length; at++) data[at] = Math.floor(256 * random());
    const record = `key-${n % keys} ${data.toString("base64")}`;
    const reshard = reshards.get(n);
    return reshard === undefined ? [record] : [reshard, record];
  }).flat();
}

export interface Producers {
  /** Where Java finds the input, and writes what the KCL has read. */
  readonly folder: string;
  /** Says what came of it; false: ours does not hold. */
  compare(): Promise<boolean>;
  end(): Promise<void>;
}

/** Puts the input with our producer. The KPL's turn is Java's. */
export async function startProducers(kinesis: Kinesis, endpoint: string): Promise<Producers> {
  const folder = await mkdtemp(join(tmpdir(), "shardmill-producers-"));
  const lines = inputLines();
  await writeFile(join(folder, "input"), `${lines.join("\n")}\n`);
  const wrongShard = await putOurs(kinesis, endpoint, lines);
  const records = lines.filter((line) => !line.startsWith("#"));
  return {
    folder,
    async compare() {
      const acknowledged = Number(await readFile(join(folder, "put-by-kpl"), "utf8"));
      const read = async (stream: string) => ({
        kcl: asRead(records, (await readFile(join(folder, `read-${stream}`), "utf8")).split("\n")),
        ours: asRead(records, await readWithOurs(kinesis, stream)),
      });
      const [ours, kpl] = [await read("by-shardmill"), await read("by-kpl")];
      console.log(
        `shardmill/producer: put ${count} records through two splits and a merge, ${wrongShard} of them again`,
      );
      console.log(`  the KCL read ${inWords(ours.kcl)}`);
      console.log(`  our consumer read ${inWords(ours.ours)}`);
      console.log(`KPL, the same input: ${acknowledged} records put, as it says`);
      console.log(`  the KCL read ${inWords(kpl.kcl)}`);
      console.log(`  our consumer read ${inWords(kpl.ours)}`);
      const holds = [ours.kcl, ours.ours].every(
        ({ lost, changed, outOfOrder }) => lost + changed + outOfOrder === 0,
      );
      if (!holds)
        console.error("It does not hold that all of ours is read, as it was put and in order.");
      return holds && ours.kcl.repeated === 0 && kpl.ours.lost + kpl.ours.changed === 0;
    },
    end: () => rm(folder, { recursive: true, force: true }),
  };
}

async function putOurs(kinesis: Kinesis, endpoint: string, lines: readonly string[]) {
  const stream = "by-shardmill";
  kinesis.createStream({ name: stream, shards: 2 });
  const client = new KinesisClient({
    ...{ endpoint, region: "us-east-1", maxAttempts: 1 },
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  let again = 0;
  const producer = kinesisProducer<Uint8Array>({
    ...{ stream, client },
    on(event) {
      if (event.type === "refused" && event.errorCode === "WrongShard") again += event.userRecords;
    },
  });
  let put = 0;
  for (const line of lines) {
    const [first = "", second = "", third = "", fourth = ""] = line.split(" ");
    if (second === "split") {
      kinesis.splitShard({ stream, shardToSplit: third, newStartingHashKey: fourth });
    } else if (second === "merge") {
      kinesis.mergeShards({ stream, shardToMerge: third, adjacentShardToMerge: fourth });
    } else {
      void producer.put({ partitionKey: first, data: Buffer.from(second, "base64") });
      if (++put === 1) await producer.flush();
      if (put % 10 === 0) await sleep(5);
    }
  }
  const { failed, errors } = await producer.close();
  client.destroy();
  if (failed > 0) throw new AggregateError(errors, `our producer gave up ${failed} records`);
  return again;
}

/** In the order of processing. */
async function readWithOurs(kinesis: Kinesis, stream: string): Promise<string[]> {
  const read: string[] = [];
  const consumer = kinesisConsumer({
    consumer: stream,
    decode: bytes(),
    order: "shard",
    process(value, { partitionKey }) {
      read.push(`${partitionKey} ${Buffer.from(value).toString("base64")}`);
    },
  });
  const mapping = createEventSourceMapping({
    ...{ kinesis, stream, clock: systemClock, timing: { pollInterval: 20 } },
    settings: { functionResponseTypes: ["ReportBatchItemFailures"] },
    invoke: (event, context) =>
      consumer(event as never, withRuntime(context, { write() {} }) as never),
  });
  await mapping.drain();
  await mapping.close();
  return read;
}

interface AsRead {
  readonly read: number;
  readonly lost: number;
  readonly changed: number;
  readonly repeated: number;
  readonly outOfOrder: number;
}

/** What a reader has seen of the records; an order is that of first sights. */
function asRead(records: readonly string[], lines: readonly string[]): AsRead {
  const places = new Map(records.map((record, place) => [record, place]));
  const seen = new Set<number>();
  const newest = new Map<string, number>();
  let [changed, repeated, outOfOrder] = [0, 0, 0];
  for (const line of lines.filter((line) => line !== "")) {
    const [key = "", data = ""] = line.split(" ");
    const place = places.get(`${key} ${data}`);
    if (place === undefined) changed++;
    else if (seen.has(place)) repeated++;
    else {
      seen.add(place);
      if (place < (newest.get(key) ?? -1)) outOfOrder++;
      newest.set(key, Math.max(place, newest.get(key) ?? -1));
    }
  }
  return { read: seen.size, lost: records.length - seen.size, changed, repeated, outOfOrder };
}

const inWords = ({ read, lost, changed, repeated, outOfOrder }: AsRead) =>
  `${read}: ${lost} lost, ${changed} changed, ${repeated} more than once, ${outOfOrder} out of their key's order`;
