/**
 * Splunk's HTTP Event Collector, with acknowledgements: events are sent, and delivered once Splunk says that they are indexed.
 * https://docs.splunk.com/Documentation/Splunk/latest/Data/AboutHECIDXAck
 */
import type { Clock } from "../../../../../src/time/clock.ts";
import { type Random, randomUuid } from "../../../../../src/time/random.ts";
import { connectionFailure } from "../../../../../src/wire/firehose-http.ts";
import { ackIdIn, hecAcknowledged, hecRefusal } from "../../../../../src/wire/splunk-hec.ts";
import type { Activity } from "../activity.ts";
import type { BufferClock } from "../buffer.ts";
import type { DeliveryRecord, Failure } from "../record.ts";
import type { SplunkPlan } from "../settings/plan.ts";
import type { Trace } from "../trace.ts";
import { answerWithin, LateResponse } from "./answer-within.ts";
import type { Writer } from "./delivery-buffer.ts";
import { deliveryBuffer } from "./delivery-buffer.ts";
import type { EndpointRequest, EndpointResponse, SendRequest } from "./http.ts";
import type { PutIntoOutbox } from "./outbox.ts";

export interface SplunkWriterOptions {
  readonly clock: Clock;
  readonly bufferClock: BufferClock;
  readonly random: Random;
  readonly plan: SplunkPlan;
  /** A server, or where events lie that would be sent to one. */
  readonly to: { readonly endpoint: string; readonly send: SendRequest } | PutIntoOutbox;
  readonly trace: Trace;
  readonly activity: Activity;
  onDelivered(records: readonly DeliveryRecord[]): void;
  onFailure(failure: Failure): void;
}

/** Why events are not indexed, or may not be. */
interface SplunkFailure {
  readonly code: `Splunk.${string}`;
  readonly message: string;
  readonly status?: number;
}

const responseTimeout = 180_000;
const pollEvery = 10_000;
const longestPause = 120_000;

export function splunkWriter(options: SplunkWriterOptions): Writer<DeliveryRecord> {
  const { clock, random, plan, trace, activity, to } = options;
  /** Splunk counts acknowledgements by channel. */
  const channel = randomUuid(random);

  async function deliver(records: readonly DeliveryRecord[]): Promise<void> {
    const requestId = randomUuid(random);
    const body = Buffer.concat(records.map(({ data }) => data));
    // It begins after the first failure; the time in which an answer or an acknowledgement is waited for is not counted.
    let left = plan.retryFor;
    for (let attempt = 1; ; attempt++) {
      const at = clock.now();
      const error = await attemptOnce(body, records.length);
      const now = clock.now();
      trace.add({
        ...{ type: "request", at, requestId, attempt, records: records.length },
        ...{ status: error ? error.status : 200, duration: now - at },
        ...{ outcome: error ? "failed" : "delivered" },
        ...(error && { error: error.message }),
      });
      if (!error) return options.onDelivered(records);
      if (left <= 0) return giveUp(records, attempt, error, now);
      const pause = Math.min(longestPause, 1000 * 2 ** (attempt - 1)) * (0.85 + 0.3 * random());
      const wait = Math.min(pause, left);
      left -= wait;
      await new Promise<void>((resolve) => clock.after(wait, resolve));
    }
  }

  /** Undefined: Splunk has indexed them. */
  async function attemptOnce(
    body: Uint8Array,
    records: number,
  ): Promise<SplunkFailure | undefined> {
    try {
      if (typeof to === "function") {
        await activity.outside(() =>
          to({ [`.${plan.endpointType.toLowerCase()}`]: body }, records),
        );
        return undefined;
      }
      const response = await post(plan.endpointType === "Raw" ? "raw" : "event", body);
      const refusal = hecRefusal(response);
      if (refusal) return refusal;
      const ackId = ackIdIn(response.body);
      if (ackId === undefined) {
        const message = "The response has no ackId: acknowledgements are off for this token.";
        return { code: "Splunk.DisabledAck", message, status: response.status };
      }
      return await acknowledged(ackId);
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Asks until Splunk says yes. An answer that is lost is asked for again; a no may become a yes. */
  async function acknowledged(ackId: number): Promise<SplunkFailure | undefined> {
    const until = clock.now() + plan.ackTimeout;
    let last = `Splunk has not acknowledged ${ackId}`;
    for (;;) {
      await new Promise<void>((resolve) =>
        clock.after(Math.min(pollEvery, Math.max(0, until - clock.now())), resolve),
      );
      try {
        const response = await post("ack", Buffer.from(JSON.stringify({ acks: [ackId] })));
        if (hecAcknowledged(response, ackId)) return undefined;
        const refusal = hecRefusal(response);
        // Another node answers, which does not know the channel: it would never say yes.
        if (refusal?.code === "Splunk.ProxyWithoutStickySessions") return refusal;
        if (refusal) last = refusal.message;
      } catch (error) {
        last = (error as Error).message;
      }
      if (clock.now() >= until) {
        const message = `${last.replace(/\.$/, "")}, within ${plan.ackTimeout / 1000} s. It may still index the events.`;
        return { code: "Splunk.AckTimeout", message };
      }
    }
  }

  function post(path: "raw" | "event" | "ack", body: Uint8Array): Promise<EndpointResponse> {
    const { endpoint, send } = to as Exclude<typeof to, PutIntoOutbox>;
    const request: EndpointRequest = {
      url: `${endpoint.replace(/\/+$/, "")}/services/collector/${path}${path === "ack" ? `?channel=${channel}` : ""}`,
      headers: {
        ...(plan.token !== undefined && { Authorization: `Splunk ${plan.token}` }),
        "X-Splunk-Request-Channel": channel,
        "Content-Type": path === "raw" ? "text/plain" : "application/json",
      },
      body,
    };
    const waiting = { clock, activity, within: responseTimeout, who: "Splunk" };
    return answerWithin(waiting, (signal) => send(request, signal));
  }

  function giveUp(
    records: readonly DeliveryRecord[],
    attemptsMade: number,
    { code: errorCode, message: errorMessage }: SplunkFailure,
    at: number,
  ): void {
    for (const record of records) {
      const failure = { record, type: "splunk-failed", errorCode, errorMessage } as const;
      options.onFailure({ ...failure, attemptsMade, at });
    }
  }

  return deliveryBuffer(options, deliver);
}

/** What AWS calls a request without a response. */
function failureOf(error: unknown): SplunkFailure {
  const { message } = error as Error;
  if (error instanceof LateResponse) return { code: "Splunk.ConnectionTimeout", message };
  const { code } = connectionFailure(error);
  if (code.endsWith("SSLHandshakeFailure")) return { code: "Splunk.SSLHandshake", message };
  const isClosed = code.endsWith("ConnectionReset");
  return { code: isClosed ? "Splunk.ConnectionClosed" : "Splunk.InvalidEndpoint", message };
}
