/** Parked records: items of a table, objects of a bucket, messages of a queue. */
import { type Fields, isObject, type Kind, numberOf, textOf } from "./finding.ts";
import { bytesOf, plainItem } from "./item.ts";
import { payloadReport, payloadText, payloadTitle, readPayload } from "./payload.ts";
import { isoTime } from "./section.ts";
import { describeSequenceNumber, sequenceNumberText } from "./sequence-number.ts";

const needed = ["consumer", "streamArn", "shardId", "sequenceNumber", "partitionKey"];

export const parkedRecord: Kind = {
  name: "a parked record",
  lacks(value) {
    const item = plainItem(value);
    const missing = needed.filter((name) => typeof item[name] !== "string");
    if (missing.length > 0) return `it has no ${missing.map((name) => `"${name}"`).join(", ")}`;
    return numberOf(item, "parkedAt") === undefined ? 'it has no time "parkedAt"' : undefined;
  },
  read(value, path) {
    const item = plainItem(value);
    const position = positionOf(item);
    const data = item.data === undefined ? undefined : bytesOf(item.data);
    const payload = data && readPayload(data);
    const error = isObject(item.error) ? item.error : undefined;
    const { data: _, ...rest } = item;
    return {
      kind: "parkedRecord",
      report: {
        ...rest,
        position: describeSequenceNumber(position),
        ...times(item),
        ...(payload && { payload: payloadReport(payload) }),
      },
      problems:
        item.data !== undefined && !data
          ? [{ path: [...path, "data"], what: "it is no base64" }]
          : [],
      section: {
        title: `a parked record of ${textOf(item, "consumer")}`,
        fields: [
          ["state", stateText(item)],
          ["id", textOf(item, "id") ?? textOf(item, "sk")],
          ["stream", textOf(item, "streamArn")],
          ["shard", textOf(item, "shardId")],
          ["position", sequenceNumberText(position)],
          ["partition key", textOf(item, "partitionKey")],
          ["explicit hash key", textOf(item, "explicitHashKey")],
          ["unique id", textOf(item, "uniqueId")],
          ["arrived", isoTime(item.approximateArrivalTimestamp)],
          ["attempts", numberOf(item, "attempts")],
          ["first failed", isoTime(item.firstFailedAt)],
          ["parked", isoTime(item.parkedAt)],
          ["expires", isoTime(Number(item.expiresAt ?? Number.NaN) * 1000)],
          ["error", error && errorText(error)],
          ["payload", payload ? payloadTitle(payload) : placeText(item)],
        ],
        text: payload && payloadText(payload),
      },
    };
  },
};

function positionOf(item: Fields): string {
  const sub = numberOf(item, "subSequenceNumber") ?? 0;
  return sub > 0 ? `${item.sequenceNumber}.${sub}` : String(item.sequenceNumber);
}

const times = (item: Fields) => ({
  arrivedAt: isoTime(item.approximateArrivalTimestamp),
  firstFailedAt: isoTime(item.firstFailedAt),
  parkedAt: isoTime(item.parkedAt),
});

function stateText({ state }: Fields): string | undefined {
  if (state === "parked") return "parked: the log may not say so yet, see shardmill redrive";
  if (state === "confirmed") return "confirmed: the log says that it is parked";
  return typeof state === "string" ? state : undefined;
}

function placeText({ payloadLocation, pointer }: Fields): string {
  if (typeof payloadLocation === "string") return `in ${payloadLocation}`;
  return pointer === true
    ? "none: it was too large to be parked, and is in the stream until its retention ends"
    : "none";
}

function errorText(error: Fields): string {
  const { name, message, stack, cause } = error;
  const head = `${name}: ${message}`;
  const trace =
    typeof stack === "string" && stack.includes("\n")
      ? stack.slice(stack.indexOf("\n") + 1)
      : undefined;
  const lines = [
    head,
    ...(trace === undefined ? [] : [trace]),
    ...(isObject(cause) ? [`caused by ${errorText(cause)}`] : []),
  ];
  return lines.join("\n");
}
