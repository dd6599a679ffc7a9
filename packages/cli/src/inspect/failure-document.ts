/** What Lambda leaves in a failure destination about a batch that it gave up. */
import { isObject, type Kind, numberOf, type Problem, textOf } from "./finding.ts";
import { counted, type Section } from "./section.ts";
import { describeSequenceNumber, sequenceNumberText } from "./sequence-number.ts";
import { kinesisEvent } from "./stream-events.ts";

export const failureDocument: Kind = {
  name: "a failure document",
  lacks: ({ KinesisBatchInfo }) =>
    isObject(KinesisBatchInfo) ? undefined : 'it has no "KinesisBatchInfo"',
  read(document, path) {
    const info = isObject(document.KinesisBatchInfo) ? document.KinesisBatchInfo : {};
    const context = isObject(document.requestContext) ? document.requestContext : {};
    const response = isObject(document.responseContext) ? document.responseContext : {};
    const window = isObject(document.timeWindowInfo) ? document.timeWindowInfo : undefined;
    const { event, problems } = eventIn(document.payload, [...path, "payload"]);
    const first = textOf(info, "startSequenceNumber");
    const last = textOf(info, "endSequenceNumber");
    const { payload: _, ...rest } = document;
    const fields: Section["fields"] = [
      ["condition", conditions[textOf(context, "condition") ?? ""] ?? textOf(context, "condition")],
      ["attempts", numberOf(context, "approximateInvokeCount")],
      ["function", textOf(context, "functionArn")],
      ["request", textOf(context, "requestId")],
      ["error", errorText(response.functionError, document)],
      ["given up", textOf(document, "timestamp")],
      ["stream", textOf(info, "streamArn")],
      ["shard", textOf(info, "shardId")],
      ["first", first && sequenceNumberText(first)],
      ["last", last && sequenceNumberText(last)],
      [
        "arrived",
        arrivals(
          textOf(info, "approximateArrivalOfFirstRecord"),
          textOf(info, "approximateArrivalOfLastRecord"),
        ),
      ],
      ["records", numberOf(info, "batchSize")],
      ["window", window && `${textOf(window, "start")} to ${textOf(window, "end")}`],
      [
        "payload",
        event
          ? "the whole event, below"
          : "none: the records are in the stream alone, until its retention ends",
      ],
    ];
    return {
      kind: "failureDocument",
      report: {
        ...rest,
        ...(first !== undefined && { first: describeSequenceNumber(first) }),
        ...(last !== undefined && { last: describeSequenceNumber(last) }),
        ...(event && { event: event.report }),
      },
      problems: [
        ...problems,
        ...(event?.problems ?? []).map(({ path: inner, what }) => ({
          path,
          what: `in its payload, ${inner.length > 0 ? `${inner.join(".")}: ` : ""}${what}`,
        })),
      ],
      section: {
        title: `a failure document about ${counted(Number(info.batchSize ?? 0), "record")}`,
        fields,
        ...(event && { sections: [event.section] }),
      },
    };
  },
};

const conditions: Readonly<Record<string, string>> = {
  RetryAttemptsExhausted: "RetryAttemptsExhausted: it failed as often as the mapping allows",
  RecordAgeExceeded: "RecordAgeExceeded: its records became older than the mapping allows",
};

function errorText(functionError: unknown, document: object): string | undefined {
  if (!("responseContext" in document)) return "there was no response";
  if (functionError === null) return "none: the function named item failures";
  return typeof functionError === "string" ? functionError : undefined;
}

const arrivals = (first: string | undefined, last: string | undefined) =>
  first === undefined || first === last ? first : `${first} to ${last}`;

/** In a bucket's object, the event stands as a string. */
function eventIn(payload: unknown, path: Problem["path"]) {
  if (payload === undefined) return { event: undefined, problems: [] };
  try {
    const value: unknown = typeof payload === "string" ? JSON.parse(payload) : payload;
    const lack = isObject(value) ? kinesisEvent.lacks(value) : "it is no object";
    if (isObject(value) && lack === undefined) {
      return { event: kinesisEvent.read(value, []), problems: [] };
    }
    return { event: undefined, problems: [{ path, what: `it is no event of a stream: ${lack}` }] };
  } catch (error) {
    const what = `it is no JSON: ${(error as Error).message}`;
    return { event: undefined, problems: [{ path, what }] };
  }
}
