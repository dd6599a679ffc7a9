/** Records of a stream in what Lambda, GetRecords and `shardmill record` make of them. */
import {
  type Fields,
  type Finding,
  fromBase64,
  isObject,
  type Kind,
  numberOf,
  type Path,
  type Problem,
  textOf,
} from "./finding.ts";
import { counted, type Section } from "./section.ts";
import {
  readRecord,
  recordProblems,
  recordReport,
  recordSection,
  type StreamRecord,
} from "./stream-record.ts";

/** A record, where it stands, and what is wrong with what is written of it. */
interface Written {
  readonly record: StreamRecord;
  readonly streamArn?: string | undefined;
  readonly path: Path;
  readonly problems: readonly Problem[];
}

export const kinesisEvent: Kind = {
  name: "an event of a Kinesis stream",
  lacks({ Records, kinesis }) {
    if (isObject(kinesis)) return undefined;
    if (!Array.isArray(Records)) return 'it has no list "Records"';
    if (Records.length === 0) return 'its "Records" are empty';
    return Records.some((record) => isObject(record) && isObject(record.kinesis))
      ? undefined
      : 'its "Records" have no "kinesis"';
  },
  read(event, path) {
    // One record by itself is shown as an event of one.
    const records = isObject(event.kinesis) ? [event] : (event.Records as unknown[]);
    const at = isObject(event.kinesis)
      ? () => path
      : (index: number) => [...path, "Records", index];
    const window = isObject(event.window) ? windowFields(event) : {};
    return findingOf(
      "event",
      "an event of a Kinesis stream",
      records.map((record, index) => eventRecord(record, at(index))),
      window,
    );
  },
};

function windowFields({ window, state, isFinalInvokeForWindow, isWindowTerminatedEarly }: Fields) {
  return { window, state, isFinalInvokeForWindow, isWindowTerminatedEarly };
}

function eventRecord(value: unknown, path: Path): Written {
  if (!isObject(value) || !isObject(value.kinesis)) {
    const problem = { path, what: 'it has no "kinesis"' };
    return { record: { data: undefined }, path, problems: [problem] };
  }
  const { kinesis } = value;
  const inner = [...path, "kinesis"];
  const [shardId] = textOf(value, "eventID")?.split(":") ?? [];
  const seconds = numberOf(kinesis, "approximateArrivalTimestamp");
  const data = fromBase64(kinesis.data);
  const record = {
    ...{ data, shardId },
    sequenceNumber: textOf(kinesis, "sequenceNumber"),
    partitionKey: textOf(kinesis, "partitionKey"),
    explicitHashKey: textOf(kinesis, "explicitHashKey"),
    arrival: seconds === undefined ? undefined : Math.round(seconds * 1000),
  };
  const problems = [
    ...missing(kinesis, inner, ["sequenceNumber", "partitionKey"]),
    ...(seconds === undefined
      ? [{ path: inner, what: "it has no approximateArrivalTimestamp, in epoch seconds" }]
      : []),
    ...(data ? [] : [{ path: [...inner, "data"], what: "it is no base64" }]),
    ...(/^shardId-\d+:/.test(textOf(value, "eventID") ?? "")
      ? []
      : [{ path, what: "it has no eventID of the form <shard id>:<sequence number>" }]),
  ];
  return { record, path, problems, streamArn: textOf(value, "eventSourceARN") };
}

const missing = (fields: Fields, path: Path, names: readonly string[]): Problem[] =>
  names
    .filter((name) => textOf(fields, name) === undefined)
    .map((name) => ({ path, what: `it has no ${name}` }));

export const getRecordsAnswer: Kind = {
  name: "an answer of GetRecords",
  lacks({ Records }) {
    if (!Array.isArray(Records)) return 'it has no list "Records"';
    return Records.length > 0 && Records.every((record) => isObject(record) && "Data" in record)
      ? undefined
      : 'its "Records" have no "Data"';
  },
  read({ Records, MillisBehindLatest }, path) {
    const records = (Records as Fields[]).map((record, index): Written => {
      const at = [...path, "Records", index];
      const data = fromBase64(record.Data);
      return {
        record: {
          data,
          sequenceNumber: textOf(record, "SequenceNumber"),
          partitionKey: textOf(record, "PartitionKey"),
          arrival: arrivalOf(record.ApproximateArrivalTimestamp),
        },
        path: at,
        problems: [
          ...missing(record, at, ["SequenceNumber", "PartitionKey"]),
          ...(data ? [] : [{ path: [...at, "Data"], what: "it is no base64" }]),
        ],
      };
    });
    return findingOf("records", "an answer of GetRecords", records, { MillisBehindLatest });
  },
};

/** Seconds in the protocol, ISO 8601 where the CLI writes it. */
function arrivalOf(written: unknown): number | undefined {
  if (typeof written === "number") return Math.round(written * 1000);
  const time = Date.parse(String(written));
  return Number.isNaN(time) ? undefined : time;
}

export const recordedRecord: Kind = {
  name: "a record that shardmill record wrote",
  lacks(value) {
    const has = (name: string) => textOf(value, name) !== undefined;
    if (!has("shardId") || !has("sequenceNumber") || !has("partitionKey")) {
      return 'it has no "shardId", "sequenceNumber" and "partitionKey"';
    }
    const isData = typeof value.data === "string" || typeof value.dataBase64 === "string";
    return isData ? undefined : 'it has neither "data" nor "dataBase64"';
  },
  read(value, path) {
    const data =
      typeof value.dataBase64 === "string"
        ? fromBase64(value.dataBase64)
        : Buffer.from(String(value.data));
    const record = {
      data,
      shardId: textOf(value, "shardId"),
      sequenceNumber: textOf(value, "sequenceNumber"),
      partitionKey: textOf(value, "partitionKey"),
      arrival: arrivalOf(value.approximateArrivalTimestamp),
    };
    const problems = data ? [] : [{ path: [...path, "dataBase64"], what: "it is no base64" }];
    const written = { record, path, problems };
    return findingOf("record", "a record of a stream", [written], {});
  },
};

function findingOf(
  kind: string,
  title: string,
  written: readonly Written[],
  more: Fields,
): Finding {
  const records = written.map(({ record }) => readRecord(record));
  const streams = distinct(written.map(({ streamArn }) => streamArn));
  const shards = distinct(written.map(({ record }) => record.shardId));
  const inAggregates = records.reduce(
    (sum, { userRecords }) => sum + (userRecords?.length ?? 1),
    0,
  );
  const problems = written.flatMap(({ path, problems }, index) => [
    ...problems,
    ...recordProblems(records[index]!).map((what) => ({ path, what })),
  ]);
  return {
    kind,
    report: { streams, shards, ...more, records: records.map(recordReport) },
    problems: [
      ...problems,
      ...together(streams, "streams", written),
      ...together(shards, "shards", written),
    ],
    section: {
      title,
      fields: [
        ["stream", streams.join("\n")],
        ["shard", shards.join("\n")],
        [
          "records",
          `${counted(records.length, "record")}, ${counted(inAggregates, "user record")}`,
        ],
        ...Object.entries(more).map(([name, value]): Section["fields"][number] => [
          name,
          value === undefined ? undefined : JSON.stringify(value),
        ]),
      ],
      sections: records.map((record, index) => recordSection(`record ${index}`, record)),
    },
  };
}

const distinct = (values: readonly (string | undefined)[]) => [
  ...new Set(values.filter((value) => value !== undefined)),
];

/** Lambda sends the records of one shard at a time. */
function together(values: readonly string[], what: string, written: readonly Written[]): Problem[] {
  if (values.length < 2) return [];
  const path = written[0]!.path.slice(0, -1);
  return [{ path, what: `its records are of ${values.length} ${what}: ${values.join(", ")}` }];
}
