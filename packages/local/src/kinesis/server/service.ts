/** From a request to an answer: which action it asks for, in which protocol, and by whom. */
import { type Random, randomHex, randomUuid } from "../../../../../src/time/random.ts";
import { HttpRefusal } from "../../../../services/src/http/caller.ts";
import type { Request } from "../../../../services/src/http/request.ts";
import { readInput } from "../../../../services/src/protocol/read-input.ts";
import { errorBody, RequestRefusal } from "../../../../services/src/protocol/refusal.ts";
import {
  actions,
  type EventStream,
  type RecordPage,
  type Result,
  type StreamReference,
  subscriptions,
} from "../api/index.ts";
import { KinesisError } from "../error.ts";
import type { Kinesis } from "../types.ts";
import { eventFrame, eventStreamType, exceptionFrame } from "./event-stream.ts";
import { type Faults, faultInjection } from "./faults.ts";
import { otherService } from "./other-services.ts";
import { json, type Protocol, protocolOf } from "./protocol.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | Frames;
}

/** The body of an answer that goes on. */
export interface Frames {
  readonly frames: AsyncIterable<Buffer>;
  end(): void;
}

export interface ServiceOptions {
  readonly kinesis: Kinesis;
  readonly faults: Faults;
  readonly random: Random;
  /** Admits a call of an action, or throws LimitExceededException. */
  readonly admit: (action: string, input: StreamReference) => void;
}

export function service({ kinesis, faults, random, admit }: ServiceOptions) {
  const injected = faultInjection(faults, kinesis.clock, random);
  const { throttlesRecord } = injected;
  const api = { kinesis, subscriptions: subscriptions(kinesis), throttlesRecord };

  async function perform(request: Request, protocol: Protocol): Promise<Reply> {
    const [name, action] = actionOf(request);
    const read = protocol.shortcut(name, request.body);
    const body = read ?? protocol.parse(request.body);
    checkSigned(request);
    const input = read ?? readInput(action.members, body, protocol.readers);
    admit(name, input as StreamReference);
    await injected.before(name);
    const result = action.perform(input as never, api);
    await kinesis.saved?.();
    return replyOf(result, protocol);
  }

  function replyOf(result: Result, protocol: Protocol): Reply {
    const { contentType } = protocol;
    if (result === undefined) return { status: 200, contentType, body: "" };
    if (isPage(result)) return { status: 200, contentType, body: protocol.writePage(result) };
    if (!isEventStream(result)) {
      return { status: 200, contentType, body: protocol.write(result) };
    }
    const frames = framesOf(result, kinesis);
    return { status: 200, contentType: eventStreamType, body: { frames, end: result.end } };
  }

  /** Never throws: whatever is wrong becomes an answer. */
  return async function answer(request: Request): Promise<Answer> {
    const requestId = randomUuid(random);
    const withIds = ({ status, contentType, body, headers }: Reply): Answer => ({
      status,
      headers: {
        ...headers,
        "x-amzn-RequestId": requestId,
        "x-amz-id-2": Buffer.from(randomHex(random, 144), "hex").toString("base64"),
        "Content-Type": contentType,
      },
      body,
    });
    const other = otherService(request, kinesis.accountId, requestId);
    if (other) return withIds({ status: 200, ...other });
    const protocol = protocolOf(request.headers["content-type"]);
    try {
      if (protocol) return withIds(await perform(request, protocol));
      throw new HttpRefusal(404, strangerRefusal(request));
    } catch (error) {
      return withIds(refusal(error, protocol ?? json));
    }
  };
}

interface Reply extends Pick<Answer, "status" | "body"> {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const target = "Kinesis_20131202.";

/** A client that was sent to the wrong service says which it looks for. */
function strangerRefusal({ headers }: Request): string {
  const [, service] = /^(DynamoDB|AmazonSQS)/.exec(String(headers["x-amz-target"])) ?? [];
  return service
    ? `This is Kinesis Data Streams alone, and ${service} was asked for. Give that service an endpoint of its own (AWS_ENDPOINT_URL_…), or use shardmill dev, which has all of them at one.`
    : "The content type is neither JSON 1.1 nor CBOR 1.1.";
}

function actionOf({ headers }: Request) {
  const asked = String(headers["x-amz-target"] ?? "");
  const name = asked.startsWith(target) ? asked.slice(target.length) : "";
  const action = actions.get(name);
  if (action) return [name, action] as const;
  throw new ServiceRefusal("UnknownOperationException", "");
}

/** Signatures are asked for, as on AWS, but not checked: there are no keys to check them with. */
function checkSigned({ headers, path }: Request): void {
  if (headers.authorization || path.includes("X-Amz-Signature=")) return;
  throw new ServiceRefusal("MissingAuthenticationTokenException", "Missing Authentication Token");
}

/** What the service refuses before it looks at streams. */
class ServiceRefusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function refusal(error: unknown, protocol: Protocol): Reply {
  const { contentType } = protocol;
  const reply = (status: number, code: string, message: string): Reply => {
    return { status, contentType, body: protocol.write(errorBody(code, message)) };
  };
  if (error instanceof HttpRefusal) {
    return reply(error.status, "UnknownOperationException", error.message);
  }
  if (error instanceof ServiceRefusal || error instanceof RequestRefusal) {
    return reply(400, error.code, error.message);
  }
  if (error instanceof KinesisError) {
    const status = error.code === "InternalFailureException" ? 500 : 400;
    return reply(status, error.code, error.message);
  }
  return reply(500, "InternalFailureException", `The simulator failed: ${error}`);
}

const isPage = (result: object): result is RecordPage => "records" in result;
const isEventStream = (result: object): result is EventStream => "events" in result;

/** Payloads are JSON, whatever protocol the request was in; clients expect a first empty event. */
async function* framesOf(
  { eventType, events }: EventStream,
  kinesis: Kinesis,
): AsyncGenerator<Buffer> {
  const { contentType } = json;
  yield eventFrame("initial-response", contentType, Buffer.from("{}"));
  try {
    for await (const event of events) {
      await kinesis.saved?.();
      yield eventFrame(eventType, contentType, json.writePage(event));
    }
  } catch (error) {
    const code = error instanceof KinesisError ? error.code : "InternalFailureException";
    const message = error instanceof Error ? error.message : String(error);
    yield exceptionFrame(code, contentType, Buffer.from(json.write({ message })));
  }
}
