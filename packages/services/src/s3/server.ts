/** S3 on a port. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { randomHex, systemRandom } from "../../../../src/time/random.ts";
import { refuse } from "../http/answer.ts";
import { checkCaller, HttpRefusal } from "../http/caller.ts";
import { type Listening, listenHttp } from "../http/listen.ts";
import { type Answered, type See, seeing } from "../http/seen.ts";
import { writeXml, xmlDeclaration } from "../http/xml.ts";
import { addressOf } from "./address.ts";
import type { Answer, Call } from "./api/call.ts";
import { operationOf } from "./api/route.ts";
import { S3Error } from "./error.ts";
import { checkNotExpired } from "./presigned.ts";
import { createS3, type S3 } from "./s3.ts";

/** What `createS3Server` takes. */
export interface S3ServerOptions {
  /** The buckets. @default createS3(), deleted when the server closes */
  readonly s3?: S3;
  /** 0: any that is free. @default 0 */
  readonly port?: number;
  /** Where to listen. Anything but a loopback address opens it to others. @default "127.0.0.1" */
  readonly host?: string;
  /**
   * Names that requests may have in `Host`, alone or after a bucket and a point; besides `localhost`,
   * addresses, and names without points. @default []
   */
  readonly hosts?: readonly string[];
  /** Hears of requests that functions have made. @default nobody */
  readonly see?: See | undefined;
}

/**
 * Serves buckets to clients that know nothing of this project, in path style and in virtual host
 * style (`bucket.localhost`). Bodies are streamed to disk and from it. Rejects when the port cannot
 * be had.
 *
 * @example
 * const server = await serveS3({ s3: createS3({ directory: "buckets" }) });
 * const client = new S3Client({ endpoint: server.endpoint, region: "us-east-1" });
 * await client.send(new CreateBucketCommand({ Bucket: "orders" }));
 */
export async function serveS3({
  s3: given,
  port = 0,
  host = "127.0.0.1",
  hosts = [],
  see,
}: S3ServerOptions = {}): Promise<Listening> {
  const s3 = given ?? createS3();

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomHex(systemRandom, 16).toUpperCase();
    const answered = await answer(request, requestId).catch((error: unknown) => {
      if (!(error instanceof HttpRefusal)) throw error;
      refuse(request, response, error);
    });
    if (answered) await send(request, response, { "x-amz-request-id": requestId }, answered);
  }

  /** What a client did wrong becomes an answer. */
  async function answer(request: IncomingMessage, requestId: string): Promise<Answer> {
    const seen = seeing(see, "s3", request.headers);
    let call: Call | undefined;
    try {
      call = callOf(request);
      checkNotExpired(call.query, s3.clock.now());
      const answered = await operationOf(call)(call);
      seen?.(answeredCall(call, answered.status));
      return answered;
    } catch (error) {
      if (error instanceof HttpRefusal) throw error;
      // The client went away in the middle of its request.
      if (request.errored) throw error;
      const refused = refusedAs(error);
      if (call) seen?.(answeredCall(call, refused.status, refused));
      return refusal(refused, requestId);
    }
  }

  function callOf(request: IncomingMessage): Call {
    const { headers, method = "GET", url = "/" } = request;
    const [path = "/", ...query] = url.split("?");
    const address = addressOf(headers.host ?? "", path, hosts);
    checkCaller({ ...headers, host: address.host }, [...hosts, host]);
    const { bucketName, key } = address;
    const search = new URLSearchParams(query.join("?"));
    const body = request.iterator({ destroyOnReturn: false });
    return { s3, method, bucketName, key, query: search, headers, body };
  }

  const listening = await listenHttp({ service: "S3", host, port, respond });
  return {
    ...listening,
    async close() {
      await listening.close();
      if (!given) await s3.close();
    },
  };
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  ids: Readonly<Record<string, string>>,
  { status, headers = {}, body = "" }: Answer,
): Promise<void> {
  const known = Object.entries({ ...ids, ...headers }).filter(([, value]) => value !== undefined);
  response.statusCode = status;
  for (const [name, value] of known) response.setHeader(name, value!);
  // The rest of a body that is too long to be read would be taken for the next request.
  if (!(await isReadToEnd(request))) response.setHeader("Connection", "close");
  if (typeof body !== "string") return pipeline(body, response);
  if (!response.hasHeader("Content-Length") && status !== 204 && status !== 304) {
    response.setHeader("Content-Length", Buffer.byteLength(body));
  }
  response.end(request.method === "HEAD" || status === 304 ? "" : body);
}

/** What is read of a body that is of no use, so that its client comes to read the answer. */
const mostUnused = 64 * 1024 * 1024;

async function isReadToEnd(request: IncomingMessage): Promise<boolean> {
  if (request.readableEnded) return true;
  let unused = 0;
  for await (const bytes of request.iterator({ destroyOnReturn: false })) {
    unused += bytes.length;
    if (unused > mostUnused) return false;
  }
  return true;
}

/** What AWS's clients for JavaScript call it; else `PUT`, with its query's first name where that says more. */
function answeredCall(
  { bucketName, headers, key, method, query }: Call,
  status: number,
  refused?: S3Error,
): Answered {
  const bytes = Number(headers["x-amz-decoded-content-length"] ?? headers["content-length"] ?? 0);
  const [asked] = query.keys();
  const isListing = method === "GET" && key === "" && query.has("list-type");
  const isWhole = key !== "" && asked === undefined;
  const named = isListing
    ? "ListObjects"
    : isWhole && ofObjects[method]
      ? ofObjects[method]
      : [method, asked && `?${asked}`].filter(Boolean).join(" ");
  return {
    ...{ status, bytes, place: bucketName, ...(key !== "" && { key }) },
    operation: query.get("x-id") ?? named,
    ...(refused && { error: { type: refused.code, message: refused.message } }),
  };
}

const ofObjects: Readonly<Record<string, string>> = {
  ...{ GET: "GetObject", HEAD: "HeadObject", PUT: "PutObject", DELETE: "DeleteObject" },
};

const refusedAs = (error: unknown): S3Error =>
  error instanceof S3Error
    ? error
    : new S3Error(500, "InternalError", `The S3 of this machine failed: ${error}`);

function refusal({ code, details, message, status }: S3Error, requestId: string): Answer {
  const content = { Code: code, Message: message, ...details, RequestId: requestId };
  return {
    status,
    headers: { "Content-Type": "application/xml" },
    body: `${xmlDeclaration}<Error>${writeXml(content)}</Error>`,
  };
}
