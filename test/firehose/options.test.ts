import { pipeline } from "shardmill";
import { firehoseTransform } from "shardmill/firehose";
import { describe, expect, it } from "vitest";

const make = (options: Record<string, unknown>) => () => firehoseTransform(options as any);
const own = pipeline({});

describe("a wrong option is refused at start, and the message says which and what it must be:", () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ["an unknown one", { transfrom: () => 1 }, /there is no option transfrom/],
    ["a decoder that is none", { decode: {} }, /decode must be a decoder/],
    [
      "a transform that is none",
      { transform: "f" },
      /transform must be a function, and no generator; it is 'f'/,
    ],
    ["partitionBy that is a name", { partitionBy: "day" }, /partitionBy must be a function/],
    ["otfMetadata that is an object", { otfMetadata: {} }, /otfMetadata must be a function/],
    ["an encoder that is none", { encode: "csv" }, /encode must be an encoder/],
    ["a delimiter that is a number", { delimiter: 10 }, /delimiter must be text/],
    [
      "trailingDelimiter that is a text",
      { trailingDelimiter: "" },
      /trailingDelimiter must be true/,
    ],
    ["concurrency 0", { concurrency: 0 }, /concurrency must be a whole number from 1/],
    ["a negative margin", { marginMs: -1 }, /marginMs must be 0 to 900000 milliseconds/],
    ["a response larger than Lambda's", { maxResponseBytes: 7e6 }, /1000 to 6291556 bytes/],
    ["a response that is too small", { maxResponseBytes: 10 }, /maxResponseBytes must be/],
    ["an overflow that is a bucket's name", { overflow: "bucket" }, /overflow must be s3Overflow/],
    ["a list with one that is none", { overflow: [{ take() {} }, {}] }, /overflow must be/],
    ["logPayload that is a number", { logPayload: 1 }, /logPayload must be true or false/],
    ["a logger that cannot log", { logger: {} }, /logger must be/],
    ["metrics: true", { metrics: true }, /metrics must be/],
    ["a pipeline that is none", { pipeline: {} }, /pipeline must be a pipeline/],
    [
      "a decoder beside a pipeline",
      { pipeline: own, decode: () => 1 },
      /either pipeline or decode/,
    ],
    ["a transform beside one", { pipeline: own, transform() {} }, /either pipeline or transform/],
    [
      "partitionBy beside one",
      { pipeline: own, partitionBy() {} },
      /either pipeline or partitionBy/,
    ],
  ])("%s", (_, options, message) => {
    expect(make(options)).toThrow(message);
    expect(make(options)).toThrow(/^firehoseTransform: /);
  });

  it("undefined is an option that is left out", () => {
    expect(make({ transform: undefined, delimiter: undefined })).not.toThrow();
  });
});
