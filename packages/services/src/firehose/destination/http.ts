/**
 * HTTP endpoints: the request that Firehose sends, what counts as a success, and what is tried again.
 * https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
 */
import { gzipSync } from "node:zlib";
import type { Clock } from "../../../../../src/time/clock.ts";
import { type Random, randomUuid } from "../../../../../src/time/random.ts";
import {
  connectionFailure,
  type EndpointFailure,
  type EndpointResponse,
  firehoseFailure,
  firehoseHttpLimits,
  firehoseRequest,
} from "../../../../../src/wire/firehose-http.ts";
import type { Activity } from "../activity.ts";
import type { BufferClock } from "../buffer.ts";
import type { DeliveryRecord, Failure } from "../record.ts";
import type { HttpPlan } from "../settings/plan.ts";
import type { Trace } from "../trace.ts";
import { answerWithin, LateResponse } from "./answer-within.ts";
import type { Writer } from "./delivery-buffer.ts";
import { deliveryBuffer } from "./delivery-buffer.ts";

/** A request to an HTTP endpoint, as Firehose sends it. */
export interface EndpointRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type { EndpointResponse };

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

const responseTimeout = firehoseHttpLimits.responseTimeoutMs;
const longestPause = 120_000;

interface Attempt {
  readonly status?: number;
  /** Undefined: delivered. */
  readonly error?: EndpointFailure;
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
    { code, message }: EndpointFailure,
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
    try {
      const request = requestOf(records, requestId, clock.now());
      const response = await answerWithin(
        { clock, activity, within: responseTimeout, who: "The endpoint" },
        (signal) => options.send(request, signal),
      );
      const { status } = response;
      const error = firehoseFailure(response, requestId);
      return error ? { status, error } : { status };
    } catch (cause) {
      const failure = connectionFailure(cause);
      const isLate = cause instanceof LateResponse;
      return { error: isLate ? { ...failure, code: "HttpEndpoint.RequestTimeout" } : failure };
    }
  }

  function requestOf(
    records: readonly DeliveryRecord[],
    requestId: string,
    timestamp: number,
  ): EndpointRequest {
    const { accessKey, attributes, gzip, url } = plan;
    const request = firehoseRequest({
      requestId,
      timestamp,
      records: records.map(({ data }) => data),
      sourceArn: options.streamArn,
      accessKey,
      attributes,
      gzip: gzip ? gzipSync : undefined,
    });
    return { url, ...request };
  }

  return deliveryBuffer(options, deliver);
}
