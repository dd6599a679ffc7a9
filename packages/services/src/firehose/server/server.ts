/** Firehose on a port, for clients that know nothing of this project. */
import { type Clock, systemClock } from "../../../../../src/time/clock.ts";
import { type Random, randomUuid, systemRandom } from "../../../../../src/time/random.ts";
import { type Answer, respondWith } from "../../http/answer.ts";
import { checkFaults } from "../../http/check-faults.ts";
import { type Listening, listenHttp } from "../../http/listen.ts";
import { type Request, type RequestLimits, requestReader } from "../../http/request.ts";
import type { See } from "../../http/seen.ts";
import { json, type Output } from "../../protocol/json.ts";
import { readInput } from "../../protocol/read-input.ts";
import { errorBody, RequestRefusal } from "../../protocol/refusal.ts";
import { FirehoseError } from "../error.ts";
import type { DeliveryStreamSettings } from "../settings/cloudformation.ts";
import type { DeliveryStream } from "../types.ts";
import { type Api, actions, slowDown } from "./actions.ts";
import { noQuota, quota } from "./quota.ts";

/** What `createFirehoseServer` takes. */
export interface FirehoseServerOptions extends RequestLimits {
  /** Those that are there from the start. @default [] */
  readonly deliveryStreams?: Iterable<DeliveryStream>;
  /** Makes what CreateDeliveryStream asks for. @default that action is refused */
  readonly create?: (name: string, settings: DeliveryStreamSettings) => DeliveryStream;
  /** 0: any that is free. @default 0 */
  readonly port?: number;
  /** Where to listen. Anything but a loopback address opens it to others. @default "127.0.0.1" */
  readonly host?: string;
  /** Names that requests may have in `Host`, besides addresses and names without dots. @default [] */
  readonly hosts?: readonly string[];
  /** How much a delivery stream takes in a second, as on AWS. @default true */
  readonly limits?: boolean;
  /** Failures by the name of the action. @default {} */
  readonly faults?: Readonly<Record<string, FirehoseFault>>;
  /** @default "123456789012" */
  readonly accountId?: string;
  /** Hears of requests that functions have made. @default nobody */
  readonly see?: See | undefined;
  readonly clock?: Clock;
  /** Decides which calls fail, and makes request ids. */
  readonly random?: Random;
}

/** What goes wrong on purpose with calls of one action. */
export interface FirehoseFault {
  /**
   * How often a call is refused as if there had been too many, 0 to 1. PutRecordBatch refuses its
   * records one by one. @default 0
   */
  readonly throttleRate?: number;
  /** How often a call fails with InternalFailure and does nothing, 0 to 1. @default 0 */
  readonly internalFailureRate?: number;
  /** How long an answer waits, in milliseconds. @default 0 */
  readonly latencyMs?: number;
}

/** A running server, and its delivery streams. */
export interface FirehoseServer extends Listening {
  /** By name. */
  readonly deliveryStreams: ReadonlyMap<string, DeliveryStream>;
}

const target = "Firehose_20150804.";

/** What is refused before anybody looks at delivery streams. */
class ServiceRefusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Serves DirectPut in JSON. Rejects when the port cannot be had. Closing it leaves the delivery
 * streams alone.
 *
 * @example
 * const stream = createDeliveryStream({ name: "orders", settings, bucket });
 * const server = await serveFirehose({ deliveryStreams: [stream] });
 * const client = new FirehoseClient({ endpoint: server.endpoint, region: "us-east-1" });
 */
export async function serveFirehose({
  deliveryStreams = [],
  create,
  port = 0,
  host = "127.0.0.1",
  hosts = [],
  limits = true,
  faults = {},
  accountId = "123456789012",
  see,
  clock = systemClock,
  random = systemRandom,
  ...requestLimits
}: FirehoseServerOptions = {}): Promise<FirehoseServer> {
  checkFaults(faults);
  const byName = new Map([...deliveryStreams].map((stream) => [stream.name, stream]));
  const { takeCall, takeRecord } = limits ? quota(clock) : noQuota;
  const happens = (rate = 0) => rate > 0 && random() < rate;
  const api: Api = {
    deliveryStreams: byName,
    create,
    accountId,
    admitCall(stream) {
      if (!takeCall(stream)) throw slowDown();
    },
    refuses: (stream, data) =>
      happens(faults.PutRecordBatch?.throttleRate) || !takeRecord(stream, data.length),
  };

  async function perform({ headers, body: bytes }: Request): Promise<Output> {
    const asked = String(headers["x-amz-target"] ?? "");
    const name = asked.startsWith(target) ? asked.slice(target.length) : "";
    const action = actions.get(name);
    if (!action) {
      const served = [...actions.keys()].join(", ");
      const why = `"${asked}" is not served here. Served are ${served}.`;
      throw new ServiceRefusal("UnknownOperationException", why);
    }
    // Signatures are asked for, as on AWS, but not checked: there are no keys to check them with.
    if (!headers.authorization) {
      throw new ServiceRefusal(
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
      );
    }
    const body = json.parse(bytes) as Output;
    const input = readInput(action.members, body, json.readers);
    await inject(name, faults[name]);
    return action.perform(input as never, api, body);
  }

  /** Waits, or throws, before the action does anything. */
  async function inject(action: string, fault: FirehoseFault = {}): Promise<void> {
    const { latencyMs = 0, internalFailureRate, throttleRate } = fault;
    if (latencyMs > 0) await new Promise<void>((done) => clock.after(latencyMs, done));
    if (happens(internalFailureRate)) throw new Error("Injected by the settings of this server.");
    if (action !== "PutRecordBatch" && happens(throttleRate)) throw slowDown();
  }

  async function answer(request: Request): Promise<Answer> {
    const reply = (status: number, body: Output): Answer => ({
      status,
      headers: { "Content-Type": json.contentType, "x-amzn-RequestId": randomUuid(random) },
      body: json.write(body),
    });
    try {
      return reply(200, await perform(request));
    } catch (error) {
      const { status, code, message } = refusal(error);
      return reply(status, errorBody(code, message));
    }
  }

  const read = requestReader([...hosts, host], requestLimits);
  const respond = respondWith(read, answer, { service: "firehose", see });
  const listening = await listenHttp({ service: "Firehose", host, port, respond });
  return { ...listening, deliveryStreams: byName };
}

function refusal(error: unknown) {
  if (error instanceof FirehoseError) {
    const status = error.code === "ServiceUnavailableException" ? 500 : 400;
    return { status, code: error.code, message: error.message };
  }
  if (error instanceof RequestRefusal || error instanceof ServiceRefusal) {
    return { status: 400, code: error.code, message: error.message };
  }
  return { status: 500, code: "InternalFailure", message: `The local Firehose failed: ${error}` };
}
