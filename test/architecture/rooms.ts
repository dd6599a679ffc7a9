/**
 * The rooms, lowest first, and which rooms each may import, by value or for a type. A file belongs to the
 * deepest room whose path it has. An arrow that is missing here is missing on purpose: before you add one, see
 * whether what you need can stand lower.
 */

/** What the packages take from the runtime besides time and values. */
const records = ["src/time", "src/values", "src/kpl", "src/record"];

/** What a handler of any kind stands on. */
const ground = ["src/time", "src/values", "src/observe", "src/kpl", "src/aws", "src/record"];

const consumer = [
  ...ground,
  "src/progress",
  "src/park",
  "src/windows",
  "src/handler",
  "src/consumer",
];

export const rooms: Readonly<Record<string, readonly string[]>> = {
  "src/values": [],
  "src/time": ["src/values"],
  "src/windows": ["src/values"],
  "src/forest": ["src/values"],
  /** Fragments out of bytes: pure, without any client. */
  "src/video": ["src/values"],
  "src/sql": ["src/values", "src/windows", "src/forest"],
  "src/observe": ["src/values"],
  "src/kpl": [],
  "src/wire": [],
  "src/aws": ["src/values", "src/observe", "src/kpl"],
  "src/record": ["src/values", "src/observe", "src/kpl", "src/aws"],
  "src/progress": ground,
  "src/park": [...ground, "src/progress"],
  "src/handler": ground,
  /** Lambda's event source mapping: the simulator's and a worker's. */
  "src/mapping": ["src/time", "src/values", "src/kpl", "src/record"],
  "src/worker": [...ground, "src/handler", "src/mapping"],
  "src/consumer": consumer.slice(0, -1),
  "src/consumer/progress": consumer,
  "src/consumer/parking": [...consumer, "src/consumer/progress"],
  /** What a machine behind the log adds: windows, SQL. */
  "src/consumer/state": consumer,
  "src/consumer/windows": [...consumer, "src/consumer/state"],
  "src/consumer/sql": [...consumer, "src/consumer/state", "src/sql", "src/forest"],
  "src/firehose": [...ground, "src/handler"],
  "src/producer": ground,
  "src/sinks": [...consumer, "src/producer", "src/wire"],
  /** The decision alone; `shardmill plan` takes it too, without any AWS client. */
  "src/scaling": [...ground, "src/handler"],
  "src/scaling/handler": [...ground, "src/handler", "src/scaling"],
  "src/video/consumer": [...ground, "src/handler", "src/video"],
  "src/video/inference": [...ground, "src/handler"],
  "src/testing": [...ground, "src/handler", "src/firehose"],
  /** The public entries: they compose stores with their steps. */
  src: [
    ...consumer,
    "src/consumer/progress",
    "src/consumer/parking",
    "src/consumer/state",
    "src/consumer/windows",
    "src/consumer/sql",
    "src/firehose",
    "src/wire",
    "src/sinks",
    "src/scaling",
    "src/scaling/handler",
    "src/producer",
    "src/testing",
    "src/windows",
    "src/forest",
    "src/sql",
    "src/worker",
    "src/video",
    "src/video/consumer",
    "src/video/inference",
  ],
  "packages/services/src/patterns": records,
  "packages/services/src": [...records, "src/wire", "src/video", "packages/services/src/patterns"],
  /** Of the consumer: the options that `lint` judges. Of scaling: the decision that `plan` simulates. */
  "packages/local/src": [
    ...records,
    "src/mapping",
    "src/consumer",
    "src/scaling",
    "src",
    "packages/services/src/patterns",
    "packages/services/src",
  ],
  /** `@shardmill/local` only by its name, since it may not be installed. */
  "packages/cli/src": [
    ...records,
    "packages/services/src/patterns",
    "src/observe",
    "src/progress",
    "src/park",
    "src/worker",
    // sql flink writes what the parser has read.
    "src/sql",
    "src",
  ],
};

/** The room of a file; `src` has the files at its top alone. */
export const roomOf = (file: string) =>
  Object.keys(rooms)
    .filter((room) => (room === "src" ? /^src\/[^/]+$/.test(file) : file.startsWith(`${room}/`)))
    .sort((a, b) => b.length - a.length)[0];
