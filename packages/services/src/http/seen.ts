/** What a service sees of a request, for whoever looks on: which operation, of what, and what came of it. */
import type { IncomingHttpHeaders } from "node:http";
import { systemClock } from "../../../../src/time/clock.ts";
import { parseJson } from "./json.ts";

/** A request that was answered. */
export interface SeenRequest {
  /** As in `AWS_ENDPOINT_URL_<service>`, in lower case. */
  readonly service: string;
  /** `PutObject`, `PutRecordBatch`. */
  readonly operation: string;
  /** The bucket, table, stream, delivery stream, queue or topic; of several tables all of them. "": none. */
  readonly place: string;
  /** Of an object. */
  readonly key?: string;
  /** Records, items or messages in it; undefined: it is about one. */
  readonly entries?: number;
  /** How many of those were refused. */
  readonly refused?: number;
  /** Whether it is about a progress log, or what is parked. */
  readonly isProgress?: boolean;
  /** Of its body. */
  readonly bytes: number;
  /** When it came, in epoch milliseconds. */
  readonly at: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly status: number;
  /** Why it, or the first entry that was refused, was refused. */
  readonly error?: SeenError;
  /** What `X-Amzn-Trace-Id` says: clients in a function send it by themselves. */
  readonly trace: string;
}

export interface SeenError {
  readonly type: string;
  readonly message: string;
}

/** Hears of requests that carry a trace: those are made in an invocation. */
export type See = (request: SeenRequest) => void;

type Json = Readonly<Record<string, unknown>>;

/** What is to be said of a request once it is answered. */
export type Answered = Omit<SeenRequest, "at" | "duration" | "service" | "trace">;

/** Begins to look at a request. Undefined: nobody looks on, or it was made in no invocation. */
export function seeing(
  see: See | undefined,
  service: string,
  { "x-amzn-trace-id": trace }: IncomingHttpHeaders,
): ((answered: Answered) => void) | undefined {
  if (!see || typeof trace !== "string" || trace === "") return undefined;
  const at = systemClock.now();
  return (answered) => see({ ...answered, service, trace, at, duration: systemClock.now() - at });
}

/** A request and its answer, as objects. Its operation stands in `x-amz-target`, or is an `Action`. */
export interface Exchange {
  readonly headers: IncomingHttpHeaders;
  readonly input: Json;
  readonly output: Json;
  readonly bytes: number;
  readonly status: number;
}

export function answeredExchange({ bytes, headers, input, output, status }: Exchange): Answered {
  const target = String(headers["x-amz-target"] ?? "");
  const entries = entriesOf(input);
  const refused = refusedOf(output);
  const error = errorOf(status, output);
  return {
    ...{ bytes, status, place: placeOf(input) },
    operation: target.slice(target.lastIndexOf(".") + 1) || String(input.Action ?? ""),
    ...(entries !== undefined && { entries }),
    ...(refused > 0 && { refused }),
    ...(error && { error }),
  };
}

/** Bodies as they went over the wire, in JSON or in the query protocol. What is neither says nothing. */
export function answeredText(
  headers: IncomingHttpHeaders,
  body: Buffer,
  status: number,
  answer: string,
): Answered {
  const isForm = headers["content-type"]?.includes("x-www-form-urlencoded");
  const input = isForm ? Object.fromEntries(new URLSearchParams(body.toString())) : jsonIn(body);
  const output = isForm ? outputOfXml(answer) : jsonIn(Buffer.from(answer));
  return answeredExchange({ headers, input, output, status, bytes: body.length });
}

function jsonIn(bytes: Buffer): Json {
  try {
    const value = parseJson(bytes);
    return typeof value === "object" && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}

/** Of an error in XML. */
const outputOfXml = (xml: string): Json => {
  const of = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return { __type: of("Code"), message: of("Message") };
};

function placeOf(input: Json): string {
  const one = input.TableName ?? input.DeliveryStreamName ?? input.StreamName;
  if (typeof one === "string") return one;
  const address = input.StreamARN ?? input.QueueUrl ?? input.TopicArn ?? input.TargetArn;
  if (typeof address === "string") return /[^:/]*$/.exec(address)![0];
  const tables = [
    ...Object.keys((input.RequestItems as Json | undefined) ?? {}),
    ...listOf(input.TransactItems).flatMap((item) =>
      Object.values(item as Json).map((of) => String((of as Json | null)?.TableName ?? "")),
    ),
  ];
  return [...new Set(tables)].filter((name) => name !== "").join(", ");
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** In a map of lists, such as `RequestItems`. */
const itemsIn = (value: unknown): number =>
  Object.values((value as Json | undefined) ?? {}).reduce<number>((sum, of) => {
    const list = Array.isArray(of) ? of : ((of as Json | null)?.Keys ?? []);
    return sum + listOf(list).length;
  }, 0);

function entriesOf(input: Json): number | undefined {
  const { Entries, Records, RequestItems, TransactItems } = input;
  const list = Records ?? Entries ?? TransactItems;
  if (Array.isArray(list)) return list.length;
  return RequestItems === undefined ? undefined : itemsIn(RequestItems);
}

const refusedOf = ({ FailedPutCount, FailedRecordCount, Failed, UnprocessedItems }: Json): number =>
  Number(FailedPutCount ?? FailedRecordCount ?? 0) +
  listOf(Failed).length +
  itemsIn(UnprocessedItems);

function errorOf(status: number, output: Json): SeenError | undefined {
  if (status >= 400) {
    const type = String(output.__type ?? output.code ?? status);
    const message = String(output.message ?? output.Message ?? "");
    return { type: type.slice(type.lastIndexOf("#") + 1), message };
  }
  const responses = [output.RequestResponses, output.Records, output.Failed].flatMap(listOf);
  const bad = responses.find((one) => (one as Json).ErrorCode ?? (one as Json).Code) as
    | Json
    | undefined;
  if (!bad) return undefined;
  return {
    type: String(bad.ErrorCode ?? bad.Code),
    message: String(bad.ErrorMessage ?? bad.Message ?? ""),
  };
}
