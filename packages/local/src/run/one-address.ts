/**
 * One address for all services of this machine: for `AWS_ENDPOINT_URL` alone. Each request is handed to
 * the service that it is signed for; see "Signature Version 4" in the AWS IAM guide.
 */
import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { refuse } from "../../../services/src/http/answer.ts";
import { checkCaller, HttpRefusal } from "../../../services/src/http/caller.ts";
import { connections } from "../kinesis/server/connections.ts";
import type { Place, Served } from "./services.ts";
import type { Endpoints, LocalService } from "./variables.ts";

export interface OneAddressOptions extends Place {
  /** Where the services are; those that start later are found too. */
  readonly endpoints: Endpoints;
  /** Where a request goes that is for none of them. */
  readonly closed: string;
  readonly region: string;
}

/** Rejects when the port cannot be had. */
export async function serveOneAddress({
  host,
  port,
  endpoints,
  closed,
  region,
}: OneAddressOptions): Promise<Served> {
  const sockets = new Set<Socket>();
  const server = connections((request, response) => {
    try {
      checkCaller(request.headers, []);
      if (request.method === "GET" && request.url === "/_health") return health(response);
      const service = serviceOf(request.headers, request.url ?? "/");
      forward(request, response, new URL((service && endpoints[service]) ?? closed));
    } catch (error) {
      if (error instanceof HttpRefusal) refuse(request, response, error);
      else response.destroy();
    }
  }, undefined);

  function health(response: ServerResponse): void {
    const body = JSON.stringify({ status: "ok", region, services: endpoints });
    response.writeHead(200, { "Content-Type": "application/json" }).end(body);
  }

  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const { address, family, port: taken } = server.address() as AddressInfo;
  return {
    endpoint: `http://${family === "IPv6" ? `[${address}]` : address}:${taken}`,
    async close() {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await ended;
    },
  };
}

/**
 * The service that a request is for. What is not signed says it in `X-Amz-Target`, in its path or in
 * `Host`, where a bucket stands before the name. Undefined: none of this machine's.
 */
export function serviceOf(headers: IncomingHttpHeaders, url: string): LocalService | undefined {
  const query = url.includes("X-Amz-Credential=") ? new URL(url, "http://host").searchParams : null;
  const credential =
    /Credential=([^\s,]+)/.exec(headers.authorization ?? "")?.[1] ??
    query?.get("X-Amz-Credential") ??
    undefined;
  // <key>/<day>/<region>/<service>/aws4_request
  if (credential !== undefined) return signedFor[credential.split("/").at(-2) ?? ""];
  const [target = ""] = String(headers["x-amz-target"] ?? "").split(".");
  if (target !== "") return targets.find(([start]) => target.startsWith(start))?.[1];
  if (/^\/\d{4}-\d\d-\d\d\/functions\//.test(url)) return "lambda";
  if (/^application\/(x-www-form-urlencoded|x-amz-json|cbor)/.test(headers["content-type"] ?? "")) {
    return undefined;
  }
  // S3 alone has requests that anybody may send: a link to an object, a form.
  return "s3";
}

const signedFor: Readonly<Record<string, LocalService>> = {
  kinesis: "kinesis",
  dynamodb: "dynamodb",
  sqs: "sqs",
  sns: "sns",
  s3: "s3",
  firehose: "firehose",
  lambda: "lambda",
  // The KPL asks who it is and sends its metrics; the local Kinesis answers that.
  sts: "kinesis",
  monitoring: "kinesis",
};

const targets: readonly (readonly [string, LocalService])[] = [
  ["Kinesis_", "kinesis"],
  ["DynamoDB_", "dynamodb"],
  ["AmazonSQS", "sqs"],
  ["Firehose_", "firehose"],
];

/** Headers of one connection, which the other one has for itself. */
const ofConnection = /^(:|connection$|keep-alive$|transfer-encoding$|upgrade$|expect$|proxy-)/;

const passedOn = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.test(name)));

/** As a proxy does, without a timeout: a subscription lasts five minutes. */
function forward(request: IncomingMessage, response: ServerResponse, to: URL): void {
  const { headers, method, url } = request;
  const host = String(headers[":authority"] ?? headers.host ?? to.host);
  const send = to.protocol === "https:" ? httpsRequest : httpRequest;
  const options = {
    hostname: to.hostname.replace(/^\[|\]$/g, ""),
    ...(to.port !== "" && { port: to.port }),
    ...{ method, path: url, headers: { ...passedOn(headers), host } },
  };
  const onward = send(options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
    answer.pipe(response);
    answer.once("error", () => response.destroy());
  });
  onward.once("error", () => response.destroy());
  response.once("close", () => onward.destroy());
  request.once("error", () => onward.destroy());
  request.pipe(onward);
}
