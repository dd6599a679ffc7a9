/** An application of SQL as a machine behind a shard's log. */
import type { HashKeyRange } from "../../record/deaggregator.ts";
import { namer, type OutputRow } from "../../sql/application.ts";
import { showName } from "../../sql/nodes/names.ts";
import type { Classified, Stages } from "../../sql/plan/classify.ts";
import type { ErrorRow } from "../../sql/run/error-stream.ts";
import type { Row } from "../../sql/run/evaluate.ts";
import { errorStream, markOf, type ShardApplication } from "../../sql/shard/application.ts";
import type { DueSqlRow } from "../../sql/shard/due-rows.ts";
import { ShardMachine } from "../../sql/shard/shard-machine.ts";
import { slotsGone } from "../../sql/shard/written.ts";
import { RowError } from "../../sql/types/row-error.ts";
import type { MachineKind, Merging } from "../machine.ts";

/** A record that its decoder could not read. */
export class Undecoded {
  readonly error: unknown;
  readonly data: Uint8Array;

  constructor(error: unknown, data: Uint8Array) {
    this.error = error;
    this.data = data;
  }
}

/** Of an application in each shard; where that has two stages, of what stands below the cuts, and of what is merged. */
export function sqlKind(
  application: ShardApplication,
  pumps: readonly Classified[],
  stages: Stages | undefined,
): MachineKind<unknown, ShardMachine> {
  if (!stages) return kindOf(application, pumps);
  const half = (isAbove: boolean): ShardApplication => {
    const part = { ...stages, isAbove };
    return { ...application, part, mark: markOf(application.plan, part) };
  };
  const merging: Merging<ShardMachine, ShardMachine> = {
    kind: kindOf(half(true), []),
    partOf: (machine) => machine.part,
    given: (machine, time) => machine.give(time),
    writePart: (machine, shard, { body, time }) =>
      time > (machine.above.reached.get(shard) ?? Number.NEGATIVE_INFINITY)
        ? machine.writePart(shard, time, body)
        : undefined,
    reached: ({ above }, shard) => above.reached.get(shard),
    claimOn: ({ above }) => above.claim,
    claim: (machine, by, until) => machine.claim(by, until),
    takeLate({ above }) {
      const { late } = above;
      above.late = 0;
      return late;
    },
  };
  return { ...kindOf(half(false), []), merging };
}

/** `pumps`: those that there are, where they must be in one shard unless each is local. */
function kindOf(
  application: ShardApplication,
  pumps: readonly Classified[],
): MachineKind<unknown, ShardMachine> {
  const named = new Map<string, (row: Row) => OutputRow | ErrorRow>([
    [errorStream, errorRowOf],
    ...application.plan.streams.map(({ columns, name }): [string, (row: Row) => OutputRow] => [
      name,
      namer(columns),
    ]),
  ]);
  const spanning = pumps.filter((pump) => pump.class !== "local");
  return {
    ...{ what: "application", name: "sql", slotsGone },
    create: () => new ShardMachine(application),
    absorb(machine, value, record) {
      if (!(value instanceof Undecoded)) return machine.absorb(value, record);
      const why = `The decoder of ${showName(application.source)} could not read a record: ${(value.error as Error)?.message ?? String(value.error)}`;
      return machine.refuse(new RowError("CONVERSION_FAILED", why), value.data, record);
    },
    writeChanges: (machine) => machine.writeChanges(),
    writeDone: (machine, slots) => machine.writeDone(slots),
    writeWhole: (machine) => machine.writeWhole(),
    apply: (machine, written) => machine.apply(written),
    inherit(machine, parents) {
      const [first] = parents;
      // What cannot be divided comes whole, however many ways it came.
      if (spanning.length > 0 && first) machine.follow(first.machine, first.shardId);
      else machine.inherit(parents);
    },
    rows: (machine, source, shardId) =>
      machine.due.map((due) => {
        const value = named.get(due.stream)!(due.row);
        const of = due.origin ?? shardId;
        return {
          ...{ slot: due.slot, time: due.time, output: due.stream, value },
          id: `${source}/${of}/${due.stream}/${due.ordinal}`,
          position: { shardId: of, sequenceNumber: positionOf(due, of) },
          key: machine.keyOf(due) ?? due.stream,
          data: Buffer.from(JSON.stringify(value)),
        };
      }),
    ...(spanning.length > 0 && { checkShard: checkWhole(spanning) }),
  };
}

/** By time, then by shard, for a child begins to count anew, then by number: later rows of a key have greater ones. */
function positionOf({ ordinal, time }: DueSqlRow, shardId: string): string {
  const shard = shardId.replace(/\D/g, "").slice(-12).padStart(12, "0");
  return `${Math.max(1, Math.floor(time))}${shard}${String(ordinal).padStart(12, "0")}`;
}

const lastHashKey = 2n ** 128n - 1n;

const checkWhole =
  (spanning: readonly Classified[]) =>
  (shardId: string, { end, start }: HashKeyRange): void => {
    if (start === 0n && end === lastHashKey) return;
    const why = spanning.map(
      ({ class: kind, pump, reason }) => `${showName(pump)} is ${kind}: ${reason}`,
    );
    throw new Error(
      `${shardId} has other shards beside it, and a shard for itself cannot run the whole application. ${why.join(" ")} Either let each pump be complete in its shard: group by the partition key, and name it in the option partitionKey, where need be of a stream in between that is put under it. Or read a stream with one shard. Nothing was done, and nothing is lost: the records wait in the stream, up to its retention.`,
    );
  };

const errorColumns = [
  "ERROR_TIME",
  "ERROR_LEVEL",
  "ERROR_NAME",
  "MESSAGE",
  "DATA_ROWTIME",
  "DATA_ROW",
  "PUMP_NAME",
] as const;

const errorRowOf = (row: Row) =>
  Object.fromEntries(errorColumns.map((name, at) => [name, row[at]])) as unknown as ErrorRow;
