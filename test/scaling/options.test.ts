import { scaleStream } from "shardmill/scaling";
import { expect, it } from "vitest";

const streams = [{ streamName: "flights" }];
const clients = { kinesis: { send: async () => ({}) }, cloudwatch: { send: async () => ({}) } };

it.each<[string, any, string]>([
  [
    "no streams",
    { max: 4 },
    "scaleStream: streams must be a list of at least one stream; it is undefined.",
  ],
  [
    "a variable that is not set",
    { streams: [{ streamName: undefined }], max: 4 },
    "scaleStream: streams[0]: no streamName. Pass it, or set its environment variable on the function.",
  ],
  [
    "no max",
    { streams },
    "scaleStream: flights: max must be a whole number from 1 to 10,000; it is undefined.",
  ],
  [
    "min above max",
    { streams, min: 5, max: 4 },
    "scaleStream: flights: min is 5, above max, which is 4.",
  ],
  [
    "a percentage",
    { streams, max: 4, targetUtilization: 75 },
    "scaleStream: flights: targetUtilization must be a number above 0 and up to 1; it is 75.",
  ],
  [
    "more operations than AWS takes",
    { streams, max: 4, operationsPerDay: 12 },
    "scaleStream: flights: operationsPerDay must be a whole number from 1 to 10; it is 12.",
  ],
  [
    "all operations reserved",
    { streams, max: 4, operationsPerDay: 3, reservedForUp: 3 },
    "scaleStream: flights: reservedForUp is 3, and operationsPerDay 3: none would be left for the day's plan.",
  ],
  [
    "a stream twice",
    { streams: [...streams, ...streams], max: 4 },
    "scaleStream: a stream is named twice.",
  ],
  [
    "an option that there is not",
    { streams, max: 4, target: 0.7 },
    "scaleStream: there is no option target.",
  ],
  [
    "a client that cannot send",
    { streams, max: 4, ...clients, kinesis: {} },
    "scaleStream: kinesis must be a client of the AWS SDK v3, such as new KinesisClient({}), or have a function send; it is of the type Object.",
  ],
])("refuses %s at start", (_, options, message) => {
  expect(() => scaleStream({ ...clients, ...options })).toThrow(new TypeError(message));
});

it("lets a stream have a policy of its own", () => {
  const own = [{ streamName: "flights", max: 4, hotShards: false }, { streamName: "orders" }];
  expect(scaleStream({ ...clients, streams: own, max: 2 })).toBeTypeOf("function");
});
