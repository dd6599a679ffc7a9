/** Lives a day through: puts what is planned, lets go wrong what was drawn, and looks at what is in the stream at its end. */
import type { KinesisProducer, PutError, PutResult } from "../../../src/producer.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { checkDay } from "./checks.ts";
import { frozenClock } from "./frozen-clock.ts";
import type * as program from "./program.ts";
import { dayBegins, type PlannedPut, type Scenario } from "./scenario.ts";
import { fakeStream } from "./stream.ts";

/** A record that was put, and what became of it. */
export interface Fate {
  /** Its place among those of all keys, which its data says. */
  readonly id: number;
  readonly planned: PlannedPut;
  readonly putAt: number;
  settledAt?: number;
  /** Which was settled when. */
  settledAs?: number;
  result?: PutResult;
  error?: PutError;
}

export interface Violation {
  readonly rule: string;
  readonly what: string;
}

export interface Found {
  readonly violations: readonly Violation[];
  readonly records: number;
  readonly requests: number;
  readonly faults: number;
  /** What was told on the way. */
  readonly story: readonly string[];
}

/** The end comes when nothing has gone wrong for so long. */
const healedMs = 120_000;

export async function runScenario(
  scenario: Scenario,
  { kinesisProducer }: Pick<typeof program, "kinesisProducer">,
): Promise<Found> {
  // The world's own, so that the first import does not take time that nobody counts.
  await import("@aws-sdk/client-kinesis");
  const world = virtualClock({ start: dayBegins, patience: 1 });
  const clock = frozenClock(world);
  const violations: Violation[] = [];
  const story: string[] = [];
  const tell = (text: string) => story.push(`${world.now() - dayBegins} ms: ${text}`);
  const violate = (rule: string, what: string) => violations.push({ rule, what });
  const { seed, shards, rates, latencyMs, listLagMs, mayList } = scenario;
  const stream = fakeStream({
    ...{ seed, shards, clock, worldClock: world, rates, latencyMs, listLagMs, mayList },
    onRequest(entries) {
      tell(`request ${stream.requests.length}: ${entries.length} entries`);
      const keysNow = keysOf(entries);
      if (scenario.options.order === "none") return;
      for (const request of stream.requests) {
        // A request that had no answer in time is given up, and may still come.
        if (request.isOver || givenUp.has(request)) continue;
        const twice = keysOf(request.entries).find((key) => keysNow.includes(key));
        if (twice === undefined) continue;
        violate("one-request-a-key", `${twice} is in two requests at once`);
      }
    },
  });
  const givenUp = new Set<object>();
  const producer: KinesisProducer = kinesisProducer({
    stream: "days",
    client: {
      send(command) {
        const sent = stream.client.send(command);
        const request = stream.requests.at(-1)!;
        return Promise.race([
          sent,
          new Promise((_, reject) => {
            clock.after(5_999, () => {
              if (request) givenUp.add(request);
              reject(Object.assign(new Error("no answer"), { name: "TimeoutError" }));
            });
          }),
        ]);
      },
    },
    ...scenario.options,
    runtime: { clock, random: seededRandom(seed), write: () => {} },
    on(event) {
      if (event.type !== "request") tell(JSON.stringify({ ...event, cause: undefined }));
      const { records, bytes } = producer.outstanding;
      const most = scenario.options.maxOutstanding!;
      if (records > most.records! || bytes > most.bytes! + 400) {
        violate("bounded", `${records} records and ${bytes} bytes are outstanding`);
      }
    },
  });

  const fates: Fate[] = [];
  let settled = 0;
  function put(planned: PlannedPut): void {
    const fate: Fate = { id: fates.length, planned, putAt: world.now() };
    const data = `${fate.id} ${"x".repeat(planned.bytes)}`;
    const { key: partitionKey, explicitHashKey } = planned;
    const record = {
      ...{ partitionKey, data },
      ...(explicitHashKey === undefined ? {} : { explicitHashKey }),
    };
    const result = planned.isTried ? producer.tryPut(record) : producer.put(record);
    if (!result) return;
    fates.push(fate);
    const isSettled = () => {
      if (fate.settledAt !== undefined) violate("once", `${fate.id} was settled twice`);
      fate.settledAt = world.now();
      fate.settledAs = settled++;
    };
    result.then(
      (found) => {
        isSettled();
        fate.result = found;
      },
      (error) => {
        isSettled();
        fate.error = error;
      },
    );
  }

  for (const planned of scenario.puts) clock.after(planned.at, () => put(planned));
  for (const { at, kind, which, inRequest } of scenario.reshards) {
    world.after(at, () => {
      tell(`${kind}${inRequest ? " in the next request" : ""}`);
      if (inRequest) stream.reshardInRequest(kind, which);
      else stream.reshard(kind, which);
    });
  }
  for (const { at, ms } of scenario.freezes) {
    world.after(at, () => {
      tell(`frozen for ${ms} ms`);
      clock.freeze(ms);
    });
  }
  for (const at of scenario.flushAt) clock.after(at, () => void producer.flush());

  await world.advance(41_000);
  stream.heal();
  tell("healed");
  await world.advance(scenario.freezes.reduce((sum, { ms }) => sum + ms, healedMs));
  let isClosed = false;
  void producer.close().then(() => {
    isClosed = true;
  });
  await world.advance(healedMs);
  if (!isClosed) violate("ends", `${producer.outstanding.records} records never settle`);
  checkDay({ scenario, fates, stream, violate });
  const { faults, requests } = stream;
  return { violations, records: fates.length, requests: requests.length, faults, story };
}

import { deaggregate } from "../../../src/kpl.ts";

/** The keys of the user records in a request. */
function keysOf(entries: readonly { readonly Data: Uint8Array; readonly PartitionKey: string }[]) {
  return entries.flatMap(
    ({ Data, PartitionKey }) =>
      deaggregate(Data)?.map(({ partitionKey }) => partitionKey) ?? [PartitionKey],
  );
}
