/** Effects that happen once for an id in the whole stream, and not only in its shard. */
import { describeError } from "../../observe/log.ts";
import { logName } from "../../progress/entry.ts";
import type { IdClaim, IdStore } from "../../progress/stream-ids.ts";
import { shardCreatedAt } from "../../record/position.ts";
import type { UserRecord } from "../../record/user-record.ts";
import { randomHex } from "../../time/random.ts";
import { isFunction } from "../../values/kinds.ts";
import { type BatchRun, whereIs } from "../batch-run.ts";
import { type CommitWith, committedBy } from "../commit.ts";
import { failed, finished } from "../finish.ts";
import type { ProcessContext } from "../options.ts";
import * as Outcome from "../outcome.ts";
import { isDone } from "../outcomes.ts";
import { idempotencyKeyOf, placeInStream } from "../place-in-stream.ts";
import { skipIfDone } from "./screen.ts";

type Process<T> = (value: T, record: UserRecord, context: ProcessContext) => unknown;

const pollMs = 200;

/**
 * Wraps `process` so that its effect happens once for each unique id in the whole stream: whatever shard
 * or partition key the id comes through, and days apart if the store keeps it so long. Two more
 * requests for each record; without it, ids are remembered per shard and for the window, at next to no
 * cost. Needs `progress` and `uniqueId`; a record without an id is processed as always.
 *
 * While another record with the id is being processed, this one waits, and is given back when
 * the time is over. If the effect fails, the id is free again.
 *
 * @example
 * kinesisConsumer({
 *   consumer: "payments",
 *   decode: json(Payment),
 *   uniqueId: (payment) => payment.id,
 *   progress: dynamodbProgress(),
 *   process: onceStreamWide(dynamodbIds(), async (payment) => pay(payment)),
 * });
 */
export function onceStreamWide<T>(
  ids: IdStore,
  process: Process<T>,
): (value: T, record: UserRecord, context: ProcessContext) => CommitWith {
  if (typeof ids?.claim !== "function") {
    throw new TypeError(
      "onceStreamWide: its first argument must be dynamodbIds(), with its parentheses, or a store with claim, complete and release.",
    );
  }
  if (!isFunction(process)) {
    throw new TypeError("onceStreamWide: its second argument must be process, and no generator.");
  }
  return (value, record, context) =>
    committedBy(async (run, place) => {
      const effect = async () => {
        try {
          return await finished(run, place, await process(value, record, context));
        } catch (error) {
          return failed(run, place, error);
        }
      };
      return run.reads.ids[place] ? once(run, place, ids, effect) : effect();
    });
}

async function once<T>(
  run: BatchRun<T>,
  place: number,
  ids: IdStore,
  effect: () => Promise<boolean>,
): Promise<boolean> {
  const { batch, deadline, logger, outcomes, plan, runtime } = run;
  const { clock, random } = runtime;
  const record = batch.records[place]!;
  const id = idempotencyKeyOf(run, place);
  const claim: IdClaim = {
    holder: holderOf(run, place),
    until: Math.min(deadline.timeoutAt, clock.now() + 900_000),
    token: randomHex(random, 16),
  };
  let hasRun = false;
  /** While it waited, the news of another environment may have come, or its invocation's end. */
  function begin(): boolean | Promise<boolean> {
    if (skipIfDone(run, place)) return true;
    if (deadline.hardRemainingMs() === 0) return false;
    outcomes.begin(place);
    hasRun = true;
    return effect();
  }
  /** Here, or as the log says. One that failed here and is in the log all the same is parked there, or its id marked by who did it. */
  function hasHappened(): boolean {
    const outcome = outcomes.of(place);
    if (hasRun || run.memory?.log.states.isParked(record)) return outcome === Outcome.processed;
    return isDone(outcome);
  }
  // Not begun before the id is its own: at the hard margin it has not hung.
  outcomes.giveBack(place);
  try {
    for (;;) {
      const held = await ids.claim(id, claim, clock.now());
      if (!held || held.token === claim.token) break;
      if (held.state === "done") {
        outcomes.known(place, held.holder === claim.holder ? "redelivered" : "duplicate");
        return true;
      }
      const wait = pollMs * (0.5 + random());
      if (deadline.remainingMs() <= wait) return false;
      await clock.sleep(wait);
    }
  } catch (error) {
    return failed(run, place, error);
  }
  const goesOn = await begin();
  try {
    if (!hasHappened()) await ids.release(id, claim);
    else if (!(await ids.complete(id, claim, clock.now()))) {
      logger.warn(
        "Another record with this id was processed as well: the invocation took too long.",
        {
          consumer: plan.consumer,
          ...whereIs(record),
          id,
        },
      );
    }
  } catch (error) {
    logger.error(
      "The id of a record could not be marked. It is held until its invocation is over.",
      {
        consumer: plan.consumer,
        ...whereIs(record),
        id,
        error: describeError(error),
      },
    );
  }
  return goesOn;
}

/** The record's log and place; also where the log could not be read. */
function holderOf<T>(run: BatchRun<T>, place: number): string {
  const { batch, plan } = run;
  const createdAt = shardCreatedAt(batch.records[place]!.sequenceNumber);
  const log = logName(plan.consumer, batch.streamArn, createdAt, batch.shardId);
  return `${log}#${placeInStream(run, place)}`;
}
