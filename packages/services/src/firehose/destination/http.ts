/**
 * HTTP endpoints: the request that Firehose sends, what counts as a success, and what is tried again.
 * https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
 */
import { gzipSync } from "node:zlib";
import type { Clock } from "../../../../../src/time/clock.ts";
import { type Random, randomUuid } from "../../../../../src/time/random.ts";
import type { Activity } from "../activity.ts";
import { type BufferClock, recordBuffer } from "../buffer.ts";
import type { DeliveryRecord, Failure } from "../record.ts";
import type { HttpPlan } from "../settings/plan.ts";
import type { Trace } from "../trace.ts";
import type { Writer } from "./s3.ts";

/** A request to an HTTP endpoint, as Firehose sends it. */
export interface EndpointRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What an HTTP endpoint has answered. */
export interface EndpointResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** Sends one request, follows no redirect, and resolves to whatever came back. Rejects without a response. */
export type SendRequest = (
  request: EndpointRequest,
  signal: AbortSignal,
) => Promise<EndpointResponse>;

export interface HttpWriterOptions {
  readonly clock: Clock;
  readonly bufferClock: BufferClock;
  readonly random: Random;
  readonly streamArn: string;
  readonly plan: HttpPlan;
  readonly send: SendRequest;
  readonly trace: Trace;
  readonly activity: Activity;
  onDelivered(records: readonly DeliveryRecord[]): void;
  onFailure(failure: Failure): void;
  /** Refused for their size: not even the backup bucket gets them. */
  onLost(records: readonly DeliveryRecord[]): void;
}

const responseTimeout = 180_000;
const longestPause = 120_000;
const mostResponseBytes = 1024 * 1024;
const mostMessageCharacters = 8192;

interface Attempt {
  readonly status?: number;
  /** Undefined: delivered. */
  readonly error?: { readonly code: string; readonly message: string };
}

export function httpWriter(options: HttpWriterOptions): Writer<DeliveryRecord> {
  const { clock, random, plan, trace, activity } = options;

  async function deliver(records: readonly DeliveryRecord[]): Promise<void> {
    const requestId = randomUuid(random);
    // It begins after the first failure; the time in which an answer is waited for is not counted.
    let left = plan.retryFor;
    for (let attempt = 1; ; attempt++) {
      const at = clock.now();
      const { status, error } = await attemptOnce(records, requestId);
      const now = clock.now();
      trace.add({
        ...{ type: "request", at, requestId, attempt, records: records.length, status },
        ...{ duration: now - at, outcome: error ? "failed" : "delivered" },
        ...(error && { error: error.message }),
      });
      if (!error) return options.onDelivered(records);
      if (status === 413) return options.onLost(records);
      if (left <= 0) return giveUp(records, attempt, error, now);
      const pause = Math.min(longestPause, 1000 * 2 ** (attempt - 1)) * (0.85 + 0.3 * random());
      const wait = Math.min(pause, left);
      left -= wait;
      await new Promise<void>((resolve) => clock.after(wait, resolve));
    }
  }

  function giveUp(
    records: readonly DeliveryRecord[],
    attemptsMade: number,
    { code, message }: { readonly code: string; readonly message: string },
    at: number,
  ): void {
    for (const record of records) {
      options.onFailure({
        record,
        type: "http-endpoint-failed",
        errorCode: code,
        errorMessage: message,
        attemptsMade,
        at,
      });
    }
  }

  async function attemptOnce(
    records: readonly DeliveryRecord[],
    requestId: string,
  ): Promise<Attempt> {
    const timeout = new AbortController();
    const late = new Error(`The endpoint gave no response within ${responseTimeout / 1000} s.`);
    const cancel = clock.after(responseTimeout, () => timeout.abort(late));
    const tooLate = new Promise<never>((_, reject) => {
      timeout.signal.addEventListener("abort", () => reject(late));
    });
    try {
      const request = requestOf(records, requestId, clock.now());
      const sent = activity.outside(() => options.send(request, timeout.signal));
      const response = await Promise.race([sent, tooLate]);
      return readResponse(response, requestId);
    } catch (cause) {
      const code = `HttpEndpoint.${cause === late ? "RequestTimeout" : connectionError(cause)}`;
      return { error: { code, message: (cause as Error).message } };
    } finally {
      cancel();
    }
  }

  function requestOf(
    records: readonly DeliveryRecord[],
    requestId: string,
    timestamp: number,
  ): EndpointRequest {
    const body = Buffer.from(
      JSON.stringify({
        requestId,
        timestamp,
        records: records.map(({ data }) => ({ data: Buffer.from(data).toString("base64") })),
      }),
    );
    const { url, accessKey, attributes, gzip } = plan;
    const hasAttributes = Object.keys(attributes).length > 0;
    return {
      url,
      headers: {
        "X-Amz-Firehose-Protocol-Version": "1.0",
        "X-Amz-Firehose-Request-Id": requestId,
        "X-Amz-Firehose-Source-Arn": options.streamArn,
        ...(accessKey !== undefined && { "X-Amz-Firehose-Access-Key": accessKey }),
        ...(hasAttributes && {
          "X-Amz-Firehose-Common-Attributes": JSON.stringify({ commonAttributes: attributes }),
        }),
        "Content-Type": "application/json",
        ...(gzip && { "Content-Encoding": "gzip" }),
      },
      body: gzip ? gzipSync(body) : body,
    };
  }

  const buffer = recordBuffer<DeliveryRecord>(options.bufferClock, plan.hints, (records) => {
    const ended = activity.begin();
    void deliver(records).finally(ended);
  });
  return {
    add: (record) => buffer.add(record, record.data.length),
    flush: buffer.flush,
    get isEmpty() {
      return buffer.isEmpty;
    },
  };
}

/** Only a 200 with the right body is a success; what is malformed counts as a 500. */
function readResponse({ status, headers, body }: EndpointResponse, requestId: string): Attempt {
  const fail = (code: string, message: string): Attempt => ({
    status,
    error: { code: `HttpEndpoint.${code}`, message },
  });
  const size = Object.entries(headers).reduce(
    (sum, [name, value = ""]) => sum + name.length + value.length + lineOverhead,
    body.length,
  );
  if (size > mostResponseBytes) {
    const why = `The response has ${size} bytes with its headers, more than ${mostResponseBytes}.`;
    return fail("ResponseTooLarge", why);
  }
  if (status !== 200) {
    return fail("DestinationException", `The endpoint answered ${status}${errorMessageIn(body)}`);
  }
  const wrong = malformation(headers, body, requestId);
  return wrong === undefined
    ? { status }
    : fail("InvalidResponseFromDestination", `The response counts as a 500: ${wrong}.`);
}

/** `: ` and the end of a header's line. */
const lineOverhead = 4;

/**
 * What AWS calls a request without a response.
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
 */
function connectionError(error: unknown): string {
  const codes: string[] = [];
  for (let each = error as { code?: unknown; cause?: unknown } | undefined; each; ) {
    if (typeof each.code === "string") codes.push(each.code);
    each = each.cause as typeof each;
  }
  if (codes.some((code) => /CERT|SSL|TLS|EPROTO|LEAF_SIGNATURE/.test(code))) {
    return "SSLHandshakeFailure";
  }
  const isReset = codes.some((code) => /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(code));
  return isReset ? "ConnectionReset" : "ConnectionFailed";
}

/** What is wrong with a response of status 200; undefined: nothing. */
function malformation(
  headers: EndpointResponse["headers"],
  body: Uint8Array,
  requestId: string,
): string | undefined {
  if (headers["content-length"] === undefined) return "it has no Content-Length";
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return `its body is encoded as ${encoding}`;
  }
  if (!/^application\/json\s*(?:;|$)/i.test(headers["content-type"] ?? "")) {
    return `its content type is ${headers["content-type"] ?? "missing"}, not application/json`;
  }
  const parsed = parse(body);
  if (!parsed) return "its body is not a JSON object";
  if (parsed.requestId !== requestId) {
    return `its requestId is ${JSON.stringify(parsed.requestId)}, not that of the request, ${requestId}`;
  }
  return typeof parsed.timestamp === "number" ? undefined : "it has no numeric timestamp";
}

function errorMessageIn(body: Uint8Array): string {
  const message = parse(body)?.errorMessage;
  if (typeof message === "string") return `: ${message.slice(0, mostMessageCharacters)}`;
  const text = Buffer.from(body).toString().trim();
  return text ? `: ${text.slice(0, mostMessageCharacters)}` : ".";
}

function parse(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
