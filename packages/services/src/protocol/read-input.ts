/**
 * Reads a request: first its types, which a SerializationException refuses at once, then its
 * constraints, which one ValidationException lists together.
 */
import { type RequestRefusal, serialization } from "./refusal.ts";
import type { InputOf, Members, Shape } from "./shape.ts";
import { type Violations, violations } from "./violations.ts";

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
  const input = readMembers(members, value, "", readers, found);
  found.refuse();
  return input as InputOf<M>;
}

type Read = Record<string, unknown>;

function readMembers(
  members: Members,
  value: object,
  path: string,
  readers: ValueReaders,
  found: Violations,
): Read {
  const read: Read = {};
  for (const name in members) {
    const shape = members[name]!;
    const given = Object.hasOwn(value, name) ? (value as Read)[name] : undefined;
    const at = path + inPaths(name);
    if (given !== undefined && given !== null) {
      read[name] = readValue(shape, given, at, readers, found);
    } else if (shape.required) {
      found.missing(at);
    }
  }
  return read;
}

const lowered = new Map<string, string>();

/** "StreamName" is called "streamName" where something is wrong with it. */
function inPaths(name: string): string {
  let path = lowered.get(name);
  if (path === undefined) {
    path = name[0]!.toLowerCase() + name.slice(1);
    lowered.set(name, path);
  }
  return path;
}

function readValue(
  shape: Shape,
  value: unknown,
  path: string,
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
  path: string,
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
      return value.map((item, i) =>
        readItem(shape.member, item, `${path}.${i + 1}.member`, readers, found),
      );
    }
    case "map": {
      if (!isPlainMap(value)) throw notA("map", value);
      const entries = Object.entries(value).map(
        ([key, item]) =>
          [key, readItem(shape.value, item, `${path}.${key}.member`, readers, found)] as const,
      );
      return new Map(entries);
    }
    case "structure":
      if (!isPlainMap(value)) throw notA(undefined, value);
      return readMembers(shape.members, value, `${path}.`, readers, found);
  }
}

/** Simple members are checked with their list or map, as a whole. */
function readItem(
  shape: Shape,
  value: unknown,
  path: string,
  readers: ValueReaders,
  found: Violations,
): unknown {
  if (value === null || value === undefined) {
    found.missing(path);
    return undefined;
  }
  if (shape.type === "string") return convert(shape, value, path, readers, found);
  return readValue(shape, value, path, readers, found);
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
