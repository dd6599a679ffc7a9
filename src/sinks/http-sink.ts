/** Firehose's HTTP protocol, so that whoever takes records from Firehose takes them from here. */
import { givenText } from "../aws/given.ts";
import { putAll, type Refusal } from "../handler/put-all.ts";
import { hash } from "../kpl/hash.ts";
import { isBytes } from "../values/kinds.ts";
import { checkNumber } from "../values/number-option.ts";
import {
  connectionFailure,
  firehoseFailure,
  firehoseRequest,
  firehoseHttpLimits as limits,
} from "../wire/firehose-http.ts";
import { retryAfterMs } from "./retry-after.ts";
import {
  checkFunction,
  type FromRecord,
  failuresOf,
  type Prepared,
  prepare,
  refusalOf,
  type Sending,
  type Sink,
  SinkError,
  type SinkOptions,
  sendingOf,
} from "./sink.ts";
import { hasCredentials, withTimeout } from "./with-timeout.ts";

/** What `httpSink` takes: where to, and what. */
export interface HttpSinkOptions<T> extends SinkOptions {
  /** The endpoint's URL. */
  readonly url: string | undefined;
  /** What `X-Amz-Firehose-Access-Key` says; a function is asked for it before each request: the key may lie in Secrets Manager. @default no such header */
  readonly accessKey?: string | (() => string | PromiseLike<string>) | undefined;
  /** What `X-Amz-Firehose-Common-Attributes` says: at most 50, names of 256 and values of 1,024 characters. @default none */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Compresses the body. @default false */
  readonly gzip?: boolean;
  /** What is sent of a record. @default its payload as it came */
  readonly data?: FromRecord<T, Uint8Array | string>;
  /** What `X-Amz-Firehose-Source-Arn` says. @default the ARN of the records' stream */
  readonly sourceArn?: string;
  /** The most bytes of data in one request, before base64. New Relic takes 1 MiB, Datadog 4 MiB. @default 4194304 (4 MiB) */
  readonly maxRequestBytes?: number;
  /** How long a response is waited for, in milliseconds. @default 180000 */
  readonly responseTimeoutMs?: number;
  /**
   * Whether trying again is pointless, so that the record is parked. Asked of a failure of one record alone: a request of several is
   * halved first. @default ({ status }) => status === 413
   */
  readonly isFinal?: (error: SinkError) => boolean;
  /** Sends the requests. @default the global fetch */
  readonly fetch?: typeof fetch;
}

type Item = Prepared<Uint8Array>;

/**
 * Sends records to an HTTP endpoint as Amazon Data Firehose does: at least once. A request has an id that is made of its records, so the
 * same records are the same request, in this invocation and in later ones; a batch that Lambda has bisected is another. Only a 200
 * with a body as the protocol wants it is a success.
 *
 * @example
 * kinesisConsumer({ consumer: "vendor", processBatch: httpSink({ url: process.env.VENDOR_URL, accessKey: process.env.VENDOR_KEY, gzip: true }) });
 */
export function httpSink<T = Uint8Array>(options: HttpSinkOptions<T>): Sink<T> {
  const { data, gzip = false, isFinal = isTooLarge } = options;
  const { maxRequestBytes = 4 * 1024 * 1024 } = options;
  checkNumber("httpSink: maxRequestBytes", maxRequestBytes, { least: 1, most: 64 * 1024 * 1024 });
  for (const name of ["data", "isFinal", "fetch"] as const) {
    checkFunction(`httpSink: ${name}`, options[name]);
  }
  const send = sender(options, gzip);
  const sendingIn = sendingOf(options, "httpSink");

  return async (records, context) => {
    const refused = new Map<number, Refusal>();
    const items: Item[] = await prepare(
      records,
      ({ idempotencyKey, record, value }) =>
        data ? bytesOf(data(value, record, idempotencyKey)) : record.data,
      refused,
    );
    const sending = sendingIn(context);
    const failures = await putAll({
      ...sending,
      entries: items,
      bytesOf: ({ made }) => made.byteLength,
      maxEntries: limits.records,
      maxBytes: maxRequestBytes,
      refusalOf: (error) => refusalOf(error, isFinal, "halve"),
      async put(entries) {
        const keys = entries.map(({ place }) => records[place]!.idempotencyKey);
        const { record } = records[entries[0]!.place]!;
        await send(
          entries.map(({ made }) => made),
          requestIdOf(keys),
          record.streamArn,
          sending,
        );
        return entries.map(() => undefined);
      },
    });
    for (const [at, refusal] of failures) refused.set(items[at]!.place, refusal);
    return failuresOf(records, refused);
  };
}

const isTooLarge = ({ status }: SinkError) => status === 413;

async function bytesOf(data: Uint8Array | string | PromiseLike<Uint8Array | string>) {
  const made = await data;
  if (isBytes(made)) return made;
  if (typeof made === "string") return Buffer.from(made);
  throw new TypeError(`httpSink: data returned ${typeof made}, and must return text or bytes.`);
}

/** The same for the same records. As a UUID, which some endpoints want. */
function requestIdOf(idempotencyKeys: readonly string[]): string {
  const hex = hash("sha256", JSON.stringify(idempotencyKeys));
  return [8, 12, 16, 20, 32].map((end, at, ends) => hex.slice(ends[at - 1] ?? 0, end)).join("-");
}

/** Sends one request; throws a SinkError unless it is a success. */
function sender<T>(options: HttpSinkOptions<T>, gzip: boolean) {
  const { accessKey, attributes = {}, fetch: given, sourceArn } = options;
  const { responseTimeoutMs = limits.responseTimeoutMs } = options;
  const url = givenUrl(options.url);
  checkAttributes(attributes);
  if (typeof accessKey === "string") checkKey(accessKey);
  else checkFunction("httpSink: accessKey", accessKey);
  checkNumber("httpSink: responseTimeoutMs", responseTimeoutMs, { least: 1 });

  return async (
    records: readonly Uint8Array[],
    requestId: string,
    streamArn: string,
    { clock, signal }: Sending,
  ): Promise<void> => {
    const key = typeof accessKey === "function" ? checkKey(await accessKey()) : accessKey;
    const { body, headers } = firehoseRequest({
      requestId,
      timestamp: clock.now(),
      records,
      sourceArn: sourceArn ?? streamArn,
      accessKey: key,
      attributes,
      gzip: gzip ? process.getBuiltinModule("node:zlib").gzipSync : undefined,
    });
    const post = async (signal: AbortSignal) => {
      const response = await (given ?? fetch)(url, {
        method: "POST",
        // What is compressed on the way back is no answer of the protocol's.
        headers: { ...headers, "Accept-Encoding": "identity" },
        body: body as Uint8Array<ArrayBuffer>,
        redirect: "manual",
        signal,
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: new Uint8Array(await response.arrayBuffer()),
      };
    };
    const { response, error, isLate } = await withTimeout(post, responseTimeoutMs, clock, signal);
    if (signal.aborted) throw signal.reason;
    if (isLate) {
      const message = `httpSink: ${url} gave no response within ${responseTimeoutMs / 1000} s.`;
      throw new SinkError(message, { code: "HttpEndpoint.RequestTimeout" });
    }
    const failure = response ? firehoseFailure(response, requestId) : connectionFailure(error);
    if (!failure) return;
    throw new SinkError(`httpSink: ${url}: ${failure.message}`, {
      cause: error,
      code: failure.code,
      retryAfterMs: retryAfterMs(response?.headers["retry-after"], clock.now()),
      status: response?.status,
    });
  };
}

function givenUrl(given: string | undefined): string {
  const url = givenText(given, "url", "httpSink");
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) {
    if (!hasCredentials(url)) return url;
    throw new TypeError(
      "httpSink: url has a user and a password in it, which no request may have: give accessKey.",
    );
  }
  throw new TypeError(`httpSink: url must be an http or https URL; it is "${url}".`);
}

function checkKey(key: unknown): string {
  const isGood =
    typeof key === "string" &&
    Buffer.byteLength(key) <= limits.accessKeyBytes &&
    // What no header can have would be quoted by the error of `fetch`.
    /^[\t\x20-\x7e\x80-\xff]*$/.test(key.trim());
  if (isGood) return key;
  throw new TypeError(
    `httpSink: accessKey must be text of at most ${limits.accessKeyBytes} bytes that a header can have, or a function that returns one.`,
  );
}

function checkAttributes(attributes: Readonly<Record<string, string>>): void {
  const entries = Object.entries(attributes);
  const isGood =
    entries.length <= limits.attributes &&
    entries.every(
      ([name, value]) =>
        name.length <= limits.attributeName &&
        typeof value === "string" &&
        value.length <= limits.attributeValue,
    );
  if (isGood) return;
  throw new TypeError(
    `httpSink: attributes are at most ${limits.attributes}, with names of ${limits.attributeName} and values of ${limits.attributeValue} characters.`,
  );
}
