/** `decode: json` is a function like any other: called with each record it would make a decoder of it, and of none a value. */
import { type } from "arktype";
import {
  bytes,
  cloudWatchLogs,
  gzip,
  json,
  kinesisConsumer,
  pipeline,
  text,
  zstd,
} from "shardmill";
import { firehoseTransform, toBytes, toCsv, toJsonLines, toText } from "shardmill/firehose";
import { describe, expect, it } from "vitest";

const decoders: readonly [name: string, uncalled: any, line: string][] = [
  ["json", json, "json() or json(schema)"],
  ["text", text, "text()"],
  ["bytes", bytes, "bytes()"],
  ["gzip", gzip, "gzip(json())"],
  ["zstd", zstd, "zstd(json())"],
  ["cloudWatchLogs", cloudWatchLogs, "cloudWatchLogs()"],
  ["a schema that is a function", type({ id: "string" }), "json(schema)"],
];

const homes: readonly [home: string, make: (decode: any) => unknown, option: string][] = [
  ["kinesisConsumer", consumer, "kinesisConsumer: decode"],
  [
    "firehoseTransform",
    (decode) => firehoseTransform({ decode, transform: () => "a" }),
    "firehoseTransform: decode",
  ],
  ["pipeline", (decode) => pipeline({ decode }), "pipeline: decode"],
  ["gzip", gzip, "gzip: its first argument"],
  ["zstd", zstd, "zstd: its first argument"],
];

function consumer(decode: any): unknown {
  return kinesisConsumer({ consumer: "c", decode, process() {} });
}

describe.each(homes)("%s", (_, make, option) => {
  it.each(decoders)(
    "refuses %s that was not called, at start, with the line to write",
    (_, uncalled, line) => {
      expect(() => make(uncalled)).toThrow(`${option} must be ${line}`);
      expect(() => make(uncalled)).toThrow(TypeError);
    },
  );

  it("refuses what decodes nothing", () => {
    for (const wrong of [null, {}, "json", { decode: 1 }, function* () {}]) {
      expect(() => make(wrong)).toThrow(`${option} must be a decoder`);
    }
  });

  it("takes decoders, and functions of one's own", () => {
    const own = [(data: Uint8Array) => data.length, async () => 1, { decode: () => 1 }];
    for (const decode of [json(), text(), bytes(), gzip(text()), cloudWatchLogs(), ...own]) {
      expect(() => make(decode)).not.toThrow();
    }
  });
});

it.each([
  ["toJsonLines", toJsonLines, "toJsonLines()"],
  ["toText", toText, "toText()"],
  ["toBytes", toBytes, "toBytes()"],
  ["toCsv", toCsv, 'toCsv({ columns: ["id"] })'],
] as [string, any, string][])(
  "the encoder %s that was not called is refused as well",
  (_, encode, line) => {
    expect(() => firehoseTransform({ transform: () => "a", encode })).toThrow(
      `firehoseTransform: encode must be ${line}`,
    );
  },
);

it.each([[0], [-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY], ["1"], [null], [10n]])(
  "a maxOutputLength of %s is refused at start, since every payload would fail with it",
  (maxOutputLength: any) => {
    for (const codec of [gzip, zstd]) {
      expect(() => codec(text(), { maxOutputLength })).toThrow(
        `${codec.name}: maxOutputLength must be a whole number of bytes from 1; it is ${maxOutputLength}.`,
      );
    }
  },
);
