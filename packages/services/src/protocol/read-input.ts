/**
 * Reads a request: first its types, which a SerializationException refuses at once, then its
 * constraints, which one ValidationException lists together.
 */
import { type RequestRefusal, serialization } from "./refusal.ts";
import type { InputOf, Members, Shape } from "./shape.ts";
import { type Path, type Violations, violations } from "./violations.ts";

/** What a protocol says of the two types that it writes in its own way. */
export interface ValueReaders {
  blob(value: unknown): Uint8Array;
  /** Epoch milliseconds. */
  timestamp(value: number): number;
}

export function readInput<M extends Members>(
  members: M,
  value: unknown,
  readers: ValueReaders,
): InputOf<M> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw serialization();
  }
  const found = violations();
  const input = readMembers(members, value, [], readers, found);
  found.refuse();
  return input as InputOf<M>;
}

type Read = Record<string, unknown>;

function readMembers(
  members: Members,
  value: object,
  path: Path,
  readers: ValueReaders,
  found: Violations,
): Read {
  const read: Read = {};
  for (const name in members) {
    const shape = members[name]!;
    const given = Object.hasOwn(value, name) ? (value as Read)[name] : undefined;
    const isGiven = given !== undefined && given !== null;
    if (!isGiven && !shape.required) continue;
    path.push(name);
    if (isGiven) read[name] = readValue(shape, given, path, readers, found);
    else found.missing(path);
    path.pop();
  }
  return read;
}

function readValue(
  shape: Shape,
  value: unknown,
  path: Path,
  readers: ValueReaders,
  found: Violations,
): unknown {
  // Of a list of structures, its length is complained of before what is in them.
  const isFirst =
    shape.type === "list" && shape.member.type === "structure" && Array.isArray(value);
  if (isFirst) found.check(path, shape, value);
  const read = convert(shape, value, path, readers, found);
  if (!isFirst) found.check(path, shape, read);
  return read;
}

function convert(
  shape: Shape,
  value: unknown,
  path: Path,
  readers: ValueReaders,
  found: Violations,
): unknown {
  switch (shape.type) {
    case "string":
      if (typeof value !== "string") throw cannotBe(value, "an String");
      return value;
    case "integer":
      if (!isNumber(value)) throw cannotBe(value, "an Integer");
      return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(Number(value))));
    case "boolean":
      if (typeof value !== "boolean") throw cannotBe(value, "an Boolean");
      return value;
    case "timestamp":
      if (!isNumber(value)) throw cannotBe(value, "milliseconds since epoch");
      return readers.timestamp(Number(value));
    case "blob":
      return readers.blob(value);
    case "list": {
      if (!Array.isArray(value)) throw notA("list", value);
      return value.map((item, i) => readItem(shape.member, item, i + 1, path, readers, found));
    }
    case "map": {
      if (!isPlainMap(value)) throw notA("map", value);
      const entries = Object.entries(value).map(
        ([key, item]) => [key, readItem(shape.value, item, [key], path, readers, found)] as const,
      );
      return new Map(entries);
    }
    case "structure":
      if (!isPlainMap(value)) throw notA(undefined, value);
      return readMembers(shape.members, value, path, readers, found);
  }
}

/** Simple members are checked with their list or map, as a whole. */
function readItem(
  shape: Shape,
  value: unknown,
  place: number | readonly [string],
  path: Path,
  readers: ValueReaders,
  found: Violations,
): unknown {
  path.push(place);
  let read: unknown;
  if (value === null || value === undefined) found.missing(path);
  else if (shape.type === "string") read = convert(shape, value, path, readers, found);
  else read = readValue(shape, value, path, readers, found);
  path.pop();
  return read;
}

const isNumber = (value: unknown) =>
  (typeof value === "number" && !Number.isNaN(value)) || typeof value === "bigint";

const isPlainMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array);

/** The service's words for a value of a wrong type. */
export function cannotBe(value: unknown, wanted: string): RequestRefusal {
  switch (typeof value) {
    case "boolean":
      return serialization(`class java.lang.Boolean can not be converted to ${wanted}`);
    case "number":
    case "bigint":
      return serialization(
        `class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to ${wanted}`,
      );
    case "string":
      if (wanted === "an Boolean") {
        return serialization(`'${value.toUpperCase()}' can not be converted to an Boolean`);
      }
      return serialization(`class java.lang.String can not be converted to ${wanted}`);
    default:
      return startOf(value);
  }
}

function notA(wanted: "list" | "map" | undefined, value: unknown): RequestRefusal {
  if (typeof value === "object") return startOf(value);
  return serialization(wanted ? `Expected ${wanted} or null` : "Expected null");
}

const startOf = (value: unknown) =>
  serialization(
    Array.isArray(value)
      ? "Start of list found where not expected"
      : "Start of structure or map found where not expected.",
  );
