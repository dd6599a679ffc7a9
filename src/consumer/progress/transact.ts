/**
 * Effects that are one transaction with the log's entry. Records whose writes come together share a
 * transaction; those that touch one item go to successive ones.
 */

import { isUnwritable } from "../../aws/dynamodb/unwritable.ts";
import { itemOf, type TransactionWrite, writesAtMost } from "../../progress/transaction.ts";
import type { BatchRun } from "../batch-run.ts";
import { type CommitWith, committedBy } from "../commit.ts";
import { failed, succeeded } from "../finish.ts";
import { skipIfDone } from "./screen.ts";

/**
 * An effect that happens once, whatever dies when: DynamoDB writes that are one transaction with the
 * log's entry that says the record is done. Returned by `process`; needs `dynamodbProgress`,
 * and tables in its account and region. A condition of yours that fails is the failure of that record.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 *
 * @throws RangeError for more than 99 writes, or none.
 *
 * @example
 * async process(order) {
 *   return commitWith({
 *     Update: {
 *       TableName: "accounts",
 *       Key: { id: order.account },
 *       UpdateExpression: "ADD balance :amount",
 *       ExpressionAttributeValues: { ":amount": order.amount },
 *     },
 *   });
 * }
 */
export function commitWith(...writes: readonly TransactionWrite[]): CommitWith {
  if (writes.length === 0 || writes.length > writesAtMost) {
    throw new RangeError(
      `commitWith takes 1 to ${writesAtMost} writes, and was given ${writes.length}: DynamoDB takes 100 in a transaction, one of them for the progress.`,
    );
  }
  return committedBy((run, place) => {
    if (run.memory) {
      return new Promise((settle) => {
        const waiting = waitingIn(run);
        waiting.push({ place, writes, settle });
        if (waiting.length === 1) void commitAll(run, waiting);
      });
    }
    const why = "commitWith needs progress: it writes the effect and the progress at once.";
    return failed(run, place, new TypeError(why));
  });
}

/** A record whose writes wait for their transaction. */
interface Transaction {
  readonly place: number;
  readonly writes: readonly TransactionWrite[];
  readonly settle: (goesOn: boolean | Promise<boolean>) => void;
}

/** Effects that are not committed yet, by their batches. */
const transactions = new WeakMap<object, Transaction[]>();

function waitingIn<T>(run: BatchRun<T>): Transaction[] {
  const waiting = transactions.get(run) ?? [];
  transactions.set(run, waiting);
  return waiting;
}

async function commitAll<T>(run: BatchRun<T>, waiting: Transaction[]): Promise<void> {
  // What was returned in the same moment goes together.
  await null;
  while (waiting.length > 0) {
    const group = takeGroup(waiting);
    await commitGroup(run, group);
    for (const each of group) waiting.splice(waiting.indexOf(each), 1);
  }
}

/** As many records as fit: 99 writes, and no item twice. */
function takeGroup(waiting: readonly Transaction[]): Transaction[] {
  const group: Transaction[] = [];
  const items = new Set<string>();
  let count = 0;
  for (const each of waiting) {
    const own = each.writes.map(itemOf);
    if (count + own.length > writesAtMost) break;
    if (own.some((item) => items.has(item))) continue;
    for (const item of own) items.add(item);
    count += own.length;
    group.push(each);
  }
  return group;
}

async function commitGroup<T>(run: BatchRun<T>, group: readonly Transaction[]): Promise<void> {
  const places = group.map(({ place }) => place);
  const writes = group.flatMap((each) => each.writes);
  const { n, refused, error } = await run.save({ transaction: { places, writes } });
  if (n !== undefined) {
    for (const { place, settle } of group) {
      succeeded(run, place);
      settle(true);
    }
    return;
  }
  const isOfOne =
    (error as Error | undefined)?.name === "ValidationException" || isUnwritable(error);
  if (group.length > 1 && isOfOne) {
    // Two of them touch one item after all, or one is malformed: find out which.
    for (const each of group) await commitGroup(run, [each]);
    return;
  }
  const again: Transaction[] = [];
  let index = 0;
  for (const each of group) {
    const own = Array.from(each.writes, () => refused?.get(index++));
    const reason = error ?? own.find((failure) => failure !== undefined);
    if (run.outcomes.isHung(each.place)) each.settle(false);
    else if (reason !== undefined) each.settle(failed(run, each.place, reason));
    else if (skipIfDone(run, each.place)) each.settle(true);
    else again.push(each);
  }
  if (again.length > 0) await commitGroup(run, again);
}
