/**
 * What the KCL writes, as its requests to DynamoDB show it, beside what src/worker/leases/writes.ts says of the same write: the row that
 * each leaves of the same row, and the conditions.
 */
import type { AnsweredRequest } from "../../../packages/local/src/dynamodb/types.ts";
import { at, type Lease, leaseIn } from "../../../src/worker/leases/lease.ts";
import {
  number,
  numberIn,
  type Row,
  type RowWrite,
  type Value,
  written,
} from "../../../src/worker/leases/row.ts";
import { checkpoint, create, remove, renew, take } from "../../../src/worker/leases/writes.ts";

interface KclInput {
  readonly TableName: string;
  readonly Key?: { readonly leaseKey: { readonly S: string } };
  readonly Item?: Row;
  readonly Expected?: Record<string, { readonly Value?: Value; readonly Exists?: boolean }>;
  readonly AttributeUpdates?: Record<string, { readonly Value?: Value; readonly Action: string }>;
  /** Ours alone. */
  readonly ConditionExpression?: string;
}

export interface Comparison {
  /** How many of each kind the KCL has written. */
  readonly kinds: ReadonlyMap<string, number>;
  /** What is not as ours. */
  readonly differences: ReadonlySet<string>;
  /** Every request in the order in which DynamoDB has answered it. */
  see(request: AnsweredRequest): void;
}

export function compareWrites(): Comparison {
  /** By table and key: each row as the requests have left it. */
  const rows = new Map<string, Row | undefined>();
  const kinds = new Map<string, number>();
  const differences = new Set<string>();

  function compare(kind: string, theirs: RowWrite, ours: RowWrite | undefined, before?: Row): void {
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (!ours) return;
    // KCL 2 knows no handoff, and leaves its mark where it takes a lease.
    const { checkpointOwner: _, ...known } = before ?? {};
    const row = before && known;
    const [left, would] = [shown(written(row, theirs)), shown(written(row, ours))];
    if (left !== would)
      differences.add(`${kind}: of ${shown(row)} the KCL leaves ${left}, and ours ${would}`);
    for (const [name, value] of Object.entries(theirs.expect)) {
      if (name in ours.expect && text(ours.expect[name]) === text(value)) continue;
      differences.add(`${kind}: the KCL expects ${name} = ${text(value)}, and ours does not`);
    }
  }

  return {
    kinds,
    differences,
    see({ operation, input, error }) {
      if (error !== undefined || !/^(Put|Update|Delete)Item$/.test(operation)) return;
      const given = input as unknown as KclInput;
      const key = given.Key?.leaseKey.S ?? (given.Item?.leaseKey as { S?: string })?.S;
      if (key === undefined) return;
      const place = `${given.TableName} ${key}`;
      const before = rows.get(place);
      if (given.ConditionExpression !== undefined) {
        rows.set(place, written(before, ourWrite(operation, key, input as never)));
        return;
      }
      const theirs = theirWrite(operation, key, given, before);
      const lease = before && leaseIn(before);
      const [kind, ours] = ourCounterpart(theirs, lease);
      compare(kind, theirs, ours, before);
      rows.set(place, written(before, theirs));
    },
  };
}

/** What of writes.ts has the same meaning; undefined where ours writes no such thing by itself. */
function ourCounterpart(theirs: RowWrite, lease: Lease | undefined): [string, RowWrite?] {
  const { kind, set = {} } = theirs;
  if (kind === "put") {
    const { key, checkpoint: position, parents, hashKeys } = leaseIn({ ...set })!;
    return ["create", create({ key, checkpoint: position, parents, hashKeys })];
  }
  if (!lease) return ["unknown row"];
  if (kind === "delete") return ["delete", { ...remove(lease), expect: {} }];
  if ("leaseOwner" in set) return ["take", take(lease, (set.leaseOwner as { S: string }).S)];
  if ("checkpoint" in set) {
    const { checkpoint: position } = leaseIn({ ...set, leaseKey: { S: theirs.key } })!;
    const known = at(position.sequenceNumber, position.subSequenceNumber);
    return ["checkpoint", checkpoint(lease, known)];
  }
  if ("leaseCounter" in set) return ["renew", renew(lease)];
  // Ours writes the children with the end of the shard.
  return [`set ${Object.keys(set).sort().join(", ")}`];
}

function theirWrite(
  operation: string,
  key: string,
  given: KclInput,
  before: Row | undefined,
): RowWrite {
  const expect = Object.entries(given.Expected ?? {}).map(
    ([name, { Value, Exists }]) => [name, Exists === false ? undefined : Value] as const,
  );
  const updates = Object.entries(given.AttributeUpdates ?? {});
  const set = updates.flatMap(([name, { Value, Action }]) => {
    if (!Value || Action === "DELETE") return [];
    const sum =
      Action === "ADD" && number(Number(text(Value)) + (numberIn(before ?? {}, name) ?? 0));
    return [[name, sum || Value] as const];
  });
  return {
    key,
    kind: kinds[operation]!,
    expect: Object.fromEntries(expect),
    set: given.Item ?? Object.fromEntries(set),
    remove: updates.flatMap(([name, { Action }]) => (Action === "DELETE" ? [name] : [])),
  };
}

const kinds: Readonly<Record<string, RowWrite["kind"]>> = {
  PutItem: "put",
  UpdateItem: "update",
  DeleteItem: "delete",
};

/** Our request, read back from its expressions. */
function ourWrite(
  operation: string,
  key: string,
  input: { readonly [name: string]: any },
): RowWrite {
  const { UpdateExpression = "", ExpressionAttributeValues: values = {}, Item } = input;
  const clause = (word: string) =>
    new RegExp(`${word} (.*?)(?= REMOVE | ADD |$)`).exec(UpdateExpression)?.[1]?.split(", ") ?? [];
  const set = clause("SET").map((one) => {
    const [name = "", value = ""] = one.split(" = ");
    return [name.slice(1), values[value]];
  });
  return {
    ...{ key, kind: kinds[operation]!, expect: {} },
    set: Item ?? Object.fromEntries(set),
    remove: clause("REMOVE").map((name) => name.slice(1)),
  };
}

const shown = (row: Row | undefined) =>
  row === undefined
    ? "no row"
    : JSON.stringify(
        Object.entries(row)
          .map(([name, value]) => `${name} ${text(value)}`)
          .sort(),
      );

const text = (value: Value | undefined) =>
  value === undefined
    ? "absent"
    : "SS" in value
      ? [...value.SS].sort().join()
      : String(Object.values(value)[0]);
