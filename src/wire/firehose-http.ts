/**
 * The protocol between Amazon Data Firehose and an HTTP endpoint: the request, and what counts as its success.
 * https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
 */

/** What a request says. */
export interface FirehoseRequest {
  /** The same for each try. */
  readonly requestId: string;
  /** When it is sent, in epoch milliseconds. */
  readonly timestamp: number;
  readonly records: readonly Uint8Array[];
  readonly sourceArn: string;
  readonly accessKey?: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** Compresses the body. */
  readonly gzip?: ((body: Uint8Array) => Uint8Array) | undefined;
}

/** What an HTTP endpoint has answered. */
export interface EndpointResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** Why a request has failed, with AWS's name for it. */
export interface EndpointFailure {
  /** https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html */
  readonly code: `HttpEndpoint.${string}`;
  readonly message: string;
}

/** What the protocol allows. */
export const firehoseHttpLimits = {
  /** Records of a request. */
  records: 10_000,
  /** How long a response is waited for, in milliseconds. */
  responseTimeoutMs: 180_000,
  accessKeyBytes: 4096,
  attributes: 50,
  attributeName: 256,
  attributeValue: 1024,
} as const;

const mostResponseBytes = 1024 * 1024;
const mostMessageCharacters = 8192;
/** `: ` and the end of a header's line. */
const lineOverhead = 4;

/** The headers and the body. */
export function firehoseRequest({
  accessKey,
  attributes,
  gzip,
  records,
  requestId,
  sourceArn,
  timestamp,
}: FirehoseRequest): {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
} {
  const body = Buffer.from(
    JSON.stringify({
      requestId,
      timestamp,
      records: records.map((data) => ({
        data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"),
      })),
    }),
  );
  const hasAttributes = Object.keys(attributes).length > 0;
  return {
    headers: {
      "X-Amz-Firehose-Protocol-Version": "1.0",
      "X-Amz-Firehose-Request-Id": requestId,
      "X-Amz-Firehose-Source-Arn": sourceArn,
      ...(accessKey !== undefined && { "X-Amz-Firehose-Access-Key": accessKey }),
      ...(hasAttributes && {
        "X-Amz-Firehose-Common-Attributes": asciiJson({ commonAttributes: attributes }),
      }),
      "Content-Type": "application/json",
      ...(gzip && { "Content-Encoding": "gzip" }),
    },
    body: gzip ? gzip(body) : body,
  };
}

/** A header has bytes alone: what is more than ASCII is escaped. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Only a 200 with the right body is a success; what is malformed counts as a 500. Undefined: it is one. */
export function firehoseFailure(
  { body, headers, status }: EndpointResponse,
  requestId: string,
): EndpointFailure | undefined {
  const size = Object.entries(headers).reduce(
    (sum, [name, value = ""]) => sum + name.length + value.length + lineOverhead,
    body.length,
  );
  if (size > mostResponseBytes) {
    const message = `The response has ${size} bytes with its headers, more than ${mostResponseBytes}.`;
    return { code: "HttpEndpoint.ResponseTooLarge", message };
  }
  if (status !== 200) {
    const message = `The endpoint answered ${status}${messageIn(body)}`;
    return { code: "HttpEndpoint.DestinationException", message };
  }
  const wrong = malformation(headers, body, requestId);
  return wrong === undefined
    ? undefined
    : {
        code: "HttpEndpoint.InvalidResponseFromDestination",
        message: `The response counts as a 500: ${wrong}.`,
      };
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

function messageIn(body: Uint8Array): string {
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

/** What AWS calls a request without a response, by the codes of Node's errors. */
export function connectionFailure(error: unknown): EndpointFailure {
  const codes: string[] = [];
  for (let each = error as { code?: unknown; cause?: unknown } | undefined; each; ) {
    if (typeof each.code === "string") codes.push(each.code);
    each = each.cause as typeof each;
  }
  const message = (error as Error | undefined)?.message ?? String(error);
  if (codes.some((code) => /CERT|SSL|TLS|EPROTO|LEAF_SIGNATURE/.test(code))) {
    return { code: "HttpEndpoint.SSLHandshakeFailure", message };
  }
  const isReset = codes.some((code) => /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(code));
  return { code: `HttpEndpoint.${isReset ? "ConnectionReset" : "ConnectionFailed"}`, message };
}
