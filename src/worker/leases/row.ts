/** Rows of a DynamoDB table, and writes of one row under a condition: data that a client can send and a model can apply. */

/** A value as DynamoDB's API has it. */
export type Value =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly SS: readonly string[] }
  | { readonly B: Uint8Array }
  | { readonly L: readonly Value[] }
  | { readonly M: Readonly<Record<string, Value>> };

/** The attributes of an item, its key among them. */
export type Row = Readonly<Record<string, Value>>;

/** A write of one row, which happens if everything that it expects is so. */
export interface RowWrite {
  /** The value of `leaseKey`. */
  readonly key: string;
  /** `put`: the row as a whole. `update`: the attributes that are named. `delete`: the row goes. */
  readonly kind: "put" | "update" | "delete";
  /** What attributes must be; undefined: they must be absent. */
  readonly expect: Readonly<Record<string, Value | undefined>>;
  /** The row must be there. */
  readonly exists?: boolean;
  readonly set?: Row;
  readonly remove?: readonly string[];
  /** Added to `leaseCounter`, whatever it is. */
  readonly add?: number;
}

export const text = (value: string): Value => ({ S: value });
export const number = (value: number | string): Value => ({ N: String(value) });

export const textIn = (row: Row, name: string): string | undefined => {
  const value = row[name];
  return value && "S" in value ? value.S : undefined;
};

export const numberIn = (row: Row, name: string): number | undefined => {
  const value = row[name];
  return value && "N" in value ? Number(value.N) : undefined;
};

export const textsIn = (row: Row, name: string): readonly string[] => {
  const value = row[name];
  return value && "SS" in value ? value.SS : [];
};

/** Whether a row is as a write expects it. */
export function isAsExpected(row: Row | undefined, { expect, exists }: RowWrite): boolean {
  if (exists && !row) return false;
  return Object.entries(expect).every(([name, value]) =>
    value === undefined ? row?.[name] === undefined : isSame(row?.[name], value),
  );
}

/** The row after the write; undefined: there is none. */
export function written(row: Row | undefined, write: RowWrite): Row | undefined {
  if (write.kind === "delete") return undefined;
  const key = { leaseKey: text(write.key) };
  if (write.kind === "put") return { ...key, ...write.set };
  const after: Record<string, Value> = { ...key, ...row, ...write.set };
  for (const name of write.remove ?? []) delete after[name];
  if (write.add) after.leaseCounter = number((numberIn(after, "leaseCounter") ?? 0) + write.add);
  return after;
}

function isSame(one: Value | undefined, other: Value): boolean {
  if (one === undefined) return false;
  if ("N" in one && "N" in other) return Number(one.N) === Number(other.N);
  return "S" in one && "S" in other && one.S === other.S;
}
