/** Handlers that wait for what nothing will ever bring. */
import { firehoseTransform } from "../../../src/firehose.ts";
import { json, kinesisConsumer } from "../../../src/index.ts";

const never = () => new Promise<never>(() => {});
const silent = () => {};
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const quiet = { metrics: false, logger } as const;
const plain = { ...quiet, consumer: "c", marginMs: 100 };
const counts = { ...plain, process() {} };

const handlers = {
  process: kinesisConsumer({ ...plain, process: never }),
  processBatch: kinesisConsumer({ ...plain, processBatch: never }),
  decode: kinesisConsumer({ ...counts, decode: never }),
  transform: firehoseTransform({ ...quiet, decode: json(), transform: never }),
  before: kinesisConsumer(counts).before(never),
  after: kinesisConsumer(counts).after(never),
  "transform, before": firehoseTransform(quiet).before(never),
};

export default handlers as Record<string, (event: unknown, context: object) => Promise<unknown>>;
