/** Entries of the progress log, as items of the table. */
import { toEntry } from "../../../../src/progress/dynamodb-store.ts";
import { type Entry, unpackArrivals } from "../../../../src/progress/entry.ts";
import { formatPosition, type Position } from "../../../../src/record/position.ts";
import type { Fields, Kind, Problem } from "./finding.ts";
import { bytesOf, plainItem } from "./item.ts";
import { counted, isoTime, type Section } from "./section.ts";
import { describeSequenceNumber, sequenceNumberText } from "./sequence-number.ts";

const nameLength = 16;

export const progressEntry: Kind = {
  name: "an entry of a progress log",
  lacks(value) {
    const { pk, sk, token, writer } = plainItem(value);
    if (typeof pk !== "string" || typeof sk !== "string") return 'it has no "pk" and "sk"';
    if (!/#\d+#shardId-/.test(pk) || !/^\d+$/.test(sk)) {
      return 'its "pk" and "sk" are not those of a log: <consumer>#<stream>#<seconds>#<shard id>, and a number';
    }
    return typeof token === "string" && typeof writer === "string"
      ? undefined
      : 'it has no "token" and "writer"';
  },
  read(value, path) {
    const item = plainItem(value);
    const [names, arrivals, folds] = ["names", "arrivals", "folds"].map((name) =>
      bytesOf(item[name]),
    );
    const entry = toEntry({ ...item, names, arrivals, folds });
    const log = logOf(String(item.pk));
    const { records, problems } = recordsOf(entry, path);
    const { names: _names, arrivals: _arrivals, ...rest } = entry;
    return {
      kind: "progressEntry",
      report: {
        log,
        entry: { ...withPositions(rest), names: records, expiresAt: item.expiresAt },
      },
      problems,
      section: {
        title: `entry ${entry.n} of a progress log: ${kinds[entry.kind]}`,
        fields: [...logFields(log), ...entryFields(entry, item)],
        sections: [
          ...listed("open", (entry.open ?? []).map(openText)),
          ...listed("closed", (entry.closed ?? []).map(formatPosition)),
          ...listed("parked", (entry.parked ?? []).map(formatPosition)),
          ...listed("keys of which a record is parked", entry.parkedKeys ?? []),
          ...listed("abandoned", (entry.abandoned ?? []).map(formatPosition)),
          ...listed("folds before it", (entry.folds ?? []).map(foldText)),
          ...listed(
            "names, and when their records arrived",
            records.map(({ name, arrivedAt }) => `${name}  ${arrivedAt ?? ""}`),
          ),
        ],
      },
    };
  },
};

const kinds: Readonly<Record<Entry["kind"], string>> = {
  done: "what a slice of a batch did",
  began: "a batch that began",
  lease: "a batch that nobody else may run",
  took: "a worker that has taken the shard over",
  fold: "the names of entries before it, once more",
  reset: "everything before it is forgotten",
};

interface Log {
  readonly name: string;
  readonly consumer: string;
  readonly stream: string;
  readonly shardCreatedAt: string | undefined;
  readonly shardId: string;
}

function logOf(name: string): Log {
  const [consumer = "", stream = "", seconds, shardId = ""] = name.split("#");
  return { name, consumer, stream, shardCreatedAt: isoTime(Number(seconds) * 1000), shardId };
}

const logFields = ({ consumer, stream, shardId, shardCreatedAt }: Log): Section["fields"] => [
  ["consumer", consumer],
  ["stream", stream],
  ["shard", `${shardId}, created ${shardCreatedAt}`],
];

function entryFields(entry: Entry, { expiresAt }: Fields): Section["fields"] {
  const { at, writer, token, v, first, last, through, until, ends, since, parents } = entry;
  const position = (place: Position | undefined) =>
    place && sequenceNumberText(formatPosition(place));
  return [
    ["appended", `${isoTime(at)} by ${writer}`],
    ["first", position(first)],
    ["last", position(last)],
    ["through", position(through)],
    ["until", until === undefined ? undefined : isoTime(until)],
    ["ends", ends?.length ? `entries ${ends.join(", ")}` : undefined],
    ["since", since === undefined ? undefined : `entry ${since}`],
    ["parents", parents?.join("\n")],
    ["token", token],
    ["version", v],
    ["expires", typeof expiresAt === "number" ? isoTime(expiresAt * 1000) : undefined],
  ];
}

function recordsOf(entry: Entry, path: Problem["path"]) {
  const { names = new Uint8Array(), arrivals } = entry;
  const problems: Problem[] = [];
  let seconds: number[] = [];
  try {
    seconds = arrivals ? unpackArrivals(arrivals) : [];
  } catch (error) {
    problems.push({ path: [...path, "arrivals"], what: (error as Error).message });
  }
  const count = names.length / nameLength;
  if (count !== seconds.length && problems.length === 0) {
    const what = `there are ${names.length} bytes of names, ${nameLength} each, for ${counted(seconds.length, "arrival time")}`;
    problems.push({ path: [...path, "names"], what });
  }
  const records = Array.from({ length: Math.ceil(count) }, (_, at) => ({
    name: Buffer.from(names.subarray(at * nameLength, (at + 1) * nameLength)).toString("hex"),
    arrivedAt: seconds[at] === undefined ? undefined : isoTime(seconds[at] * 1000),
  }));
  return { records, problems };
}

const openText = ({ position, attempts, since, key, hung }: NonNullable<Entry["open"]>[number]) => {
  const state = attempts > 0 ? `failed ${attempts} times since` : "given back";
  const hanging = hung ? ", hung to the end of its environment" : "";
  return `${formatPosition(position)}: ${state} ${isoTime(since)}${key ? `, partition key ${key}` : ""}${hanging}`;
};

const foldText = ({ n, since, at }: NonNullable<Entry["folds"]>[number]) =>
  `entry ${n}, of entries since ${since}, appended ${isoTime(at)}`;

function listed(title: string, lines: readonly string[]): Section[] {
  if (lines.length === 0) return [];
  return [{ title: `${title} (${lines.length})`, fields: [], text: lines.join("\n") }];
}

/** Positions as people write them, and what their numbers tell. */
function withPositions(entry: Omit<Entry, "names" | "arrivals">): Fields {
  const { first, last, through, open, closed, parked, abandoned } = entry;
  const told = (position: Position | undefined) =>
    position && describeSequenceNumber(formatPosition(position));
  const lines = (positions: readonly Position[] | undefined) => positions?.map(formatPosition);
  return {
    ...entry,
    at: isoTime(entry.at),
    ...{ first: told(first), last: told(last), through: told(through) },
    open: open?.map(({ position, since, ...state }) => ({
      position: formatPosition(position),
      ...state,
      since: isoTime(since),
    })),
    ...{ closed: lines(closed), parked: lines(parked), abandoned: lines(abandoned) },
  };
}
