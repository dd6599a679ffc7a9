/** Bulk requests to an endpoint of OpenSearch: signed where it is AWS's. */
import { givenText } from "../aws/given.ts";
import { type Credentials, environmentCredentials, signedHeaders } from "../aws/sign.ts";
import { checkNumber } from "../values/number-option.ts";
import { type BulkItem, bulkItems, reasonIn } from "../wire/opensearch-bulk.ts";
import { retryAfterMs } from "./retry-after.ts";
import { checkFunction, type Sending, SinkError } from "./sink.ts";
import { hasCredentials, withTimeout } from "./with-timeout.ts";

/** Which endpoint, and who asks it. */
export interface OpensearchClientOptions {
  /** The domain's or the collection's URL. */
  readonly endpoint: string | undefined;
  /**
   * Signs requests for a domain ("es") or a serverless collection ("aoss"); false signs none. @default by the endpoint's name;
   * false where `headers` has an authorization
   */
  readonly service?: "es" | "aoss" | false;
  /** Of the signature. @default by the endpoint's name, or the environment variable AWS_REGION */
  readonly region?: string;
  /** Who signs. @default the function's role, by the environment variables of Lambda */
  readonly credentials?: () => Credentials | PromiseLike<Credentials>;
  /** More headers: an authorization of your own, say. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Compresses the requests. @default false */
  readonly gzip?: boolean;
  /** How long a response is waited for, in milliseconds. @default 60000 */
  readonly responseTimeoutMs?: number;
  /** Sends the requests. @default the global fetch */
  readonly fetch?: typeof fetch;
}

/** What the response says of one action. */
export type BulkAnswer = BulkItem;

/** Sends the lines of a bulk request. Throws a SinkError where the request has failed as a whole. */
export type SendBulk = (lines: string, sending: Sending) => Promise<readonly BulkAnswer[]>;

export function opensearchClient(options: OpensearchClientOptions): SendBulk {
  const { credentials, fetch: given, gzip = false, responseTimeoutMs = 60_000 } = options;
  checkNumber("opensearchSink: responseTimeoutMs", responseTimeoutMs, { least: 1 });
  checkFunction("opensearchSink: fetch", given);
  checkFunction("opensearchSink: credentials", credentials);
  const endpoint = endpointOf(options.endpoint);
  const url = `${endpoint}/_bulk`;
  const signing = signingFor(new URL(endpoint).hostname, options);

  async function headersFor(body: Uint8Array, now: number) {
    const headers = {
      ...options.headers,
      "content-type": "application/x-ndjson",
      ...(gzip && { "content-encoding": "gzip" }),
    };
    if (!signing) return headers;
    const who = credentials ? await credentials() : environmentCredentials("opensearchSink");
    return signedHeaders({ ...signing, method: "POST", url, headers, body, credentials: who, now });
  }

  return async (lines, { clock, signal }) => {
    const plain = Buffer.from(lines);
    const body = gzip ? process.getBuiltinModule("node:zlib").gzipSync(plain) : plain;
    const headers = await headersFor(body, clock.now());
    const post = async (signal: AbortSignal) => {
      const response = await (given ?? fetch)(url, { method: "POST", headers, body, signal });
      const retryAfter = response.headers.get("retry-after");
      return { status: response.status, text: await response.text(), retryAfter };
    };
    const { error, isLate, response } = await withTimeout(post, responseTimeoutMs, clock, signal);
    if (signal.aborted) throw signal.reason;
    if (!response) {
      const why = isLate
        ? `gave no response within ${responseTimeoutMs / 1000} s`
        : `gave no response: ${(error as Error | undefined)?.message ?? error}`;
      const code = isLate ? "timeout" : "no_response";
      throw new SinkError(`opensearchSink: ${url} ${why}.`, { cause: error, code });
    }
    if (response.status !== 200) {
      throw refused(url, response, retryAfterMs(response.retryAfter, clock.now()));
    }
    try {
      return bulkItems(response.text);
    } catch (cause) {
      const message = `opensearchSink: ${url} answered 200 with what is no answer of the bulk API.`;
      throw new SinkError(message, { cause, code: "no_answer" });
    }
  };
}

function refused(
  url: string,
  { status, text }: { status: number; text: string },
  retryAfterMs: number | undefined,
): SinkError {
  let said: unknown = text.trim().slice(0, 500);
  try {
    const { error, message } = JSON.parse(text);
    said = error ?? message ?? said;
  } catch {
    // A proxy's page.
  }
  const { reason, type } = reasonIn(said);
  const remedy =
    status === 401 || status === 403
      ? " The function's role must be allowed to write there, by the domain's policy and by its own."
      : "";
  const what = `opensearchSink: ${url} answered ${status} to the whole request: ${type}: ${reason}.`;
  return new SinkError(`${what}${remedy}`, { code: type, retryAfterMs, status });
}

function endpointOf(given: string | undefined): string {
  const text = givenText(given, "endpoint", "opensearchSink");
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) {
    if (!hasCredentials(text)) return text.replace(/\/+$/, "");
    throw new TypeError(
      "opensearchSink: endpoint has a user and a password in it, which no request may have: give them as headers: { authorization: … }.",
    );
  }
  throw new TypeError(
    `opensearchSink: endpoint must be a URL, such as https://search-orders-x.us-east-1.es.amazonaws.com; it is "${text}".`,
  );
}

/** `search-orders-x.us-east-1.es.amazonaws.com` */
const awsHost = /\.([a-z0-9-]+)\.(es|aoss)\.amazonaws\.com(?:\.cn)?$/;

function signingFor(
  hostname: string,
  { headers = {}, region, service }: OpensearchClientOptions,
): { readonly service: string; readonly region: string } | undefined {
  if (service !== undefined && service !== false && service !== "es" && service !== "aoss") {
    throw new TypeError(`opensearchSink: service must be "es", "aoss" or false; it is ${service}.`);
  }
  const [, ofHost, kind] = awsHost.exec(hostname) ?? [];
  const hasOwn = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  const signed = service ?? (hasOwn ? false : (kind ?? false));
  if (!signed) return undefined;
  const where = region ?? ofHost ?? process.env.AWS_REGION;
  return { service: signed, region: givenText(where, "region", "opensearchSink") };
}
