import { maker } from "../uncalled.ts";
import { gunzip } from "./compressed.ts";
import { type Decoder, type Dropped, drop } from "./decoder.ts";
import { parseJson } from "./json.ts";
import { unquotedAs } from "./unquoted.ts";

/**
 * What a CloudWatch Logs subscription writes to a stream, gzipped.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
export interface LogsEnvelope {
  readonly messageType: "DATA_MESSAGE";
  /** The account that the logs come from. */
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  readonly logEvents: readonly LogEvent[];
}

/** One event of a CloudWatch Logs subscription. */
export interface LogEvent {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly message: string;
  /** Only when the subscription's filter pattern names fields. */
  readonly extractedFields?: Readonly<Record<string, string | null>>;
}

/**
 * Opens the envelopes of a CloudWatch Logs subscription. Control messages, which CloudWatch
 * sends to see whether the stream can be reached, are dropped.
 *
 * @example
 * kinesisConsumer({
 *   consumer: "errors",
 *   decode: cloudWatchLogs(),
 *   process({ logGroup, logEvents }) {
 *     for (const { message } of logEvents) console.log(logGroup, message);
 *   },
 * });
 */
function cloudWatchLogs(): Decoder<LogsEnvelope, unknown> {
  return { decode: openEnvelope };
}

const cloudWatchLogsMaker = /* @__PURE__ */ maker(cloudWatchLogs, "cloudWatchLogs()");

export { cloudWatchLogsMaker as cloudWatchLogs };

function openEnvelope(data: Uint8Array): LogsEnvelope | Dropped {
  const envelope = parseJson(gunzip(data, 64 * 1024 * 1024));
  const { messageType, logEvents } = (envelope ?? {}) as Record<string, unknown>;
  if (messageType === "CONTROL_MESSAGE") return drop();
  if (messageType !== "DATA_MESSAGE" || !Array.isArray(logEvents)) {
    throw unquotedAs(
      new TypeError(
        `Not an envelope of CloudWatch Logs: messageType is ${JSON.stringify(messageType)}.`,
      ),
      "The payload is JSON, and not an envelope of CloudWatch Logs.",
    );
  }
  return envelope as LogsEnvelope;
}
