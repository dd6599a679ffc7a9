/** The server: Kinesis on a port, for clients that know nothing of this project. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { systemClock } from "../../../../../src/time/clock.ts";
import type { Random } from "../../../../../src/time/random.ts";
import { refuse } from "../../../../services/src/http/answer.ts";
import { checkCaller, HttpRefusal } from "../../../../services/src/http/caller.ts";
import { corsHeaders, originOf, preflightHeaders } from "../../../../services/src/http/cors.ts";
import {
  type Request,
  type RequestLimits,
  requestReader,
} from "../../../../services/src/http/request.ts";
import { answeredExchange, type See, seeing } from "../../../../services/src/http/seen.ts";
import type { Kinesis } from "../types.ts";
import { callRates } from "./call-rates.ts";
import { selfMadeCertificate } from "./certificate.ts";
import { type Certificate, connections } from "./connections.ts";
import type { Faults } from "./faults.ts";
import { protocolOf } from "./protocol.ts";
import { requestRandom } from "./request-random.ts";
import { type Answer, type Frames, service } from "./service.ts";

/** What `createKinesisServer` takes. */
export interface KinesisServerOptions extends RequestLimits {
  readonly kinesis: Kinesis;
  /** 0: any that is free. @default 0 */
  readonly port?: number;
  /** Where to listen. Anything but a loopback address opens it to others. @default "127.0.0.1" */
  readonly host?: string;
  /** Names that requests may have in `Host`, besides addresses and names without dots. @default [] */
  readonly hosts?: readonly string[];
  /**
   * Origins of web pages that are answered, as in `http://localhost:5173`: they may put, read and
   * delete, as any client may. @default []: no page is answered
   */
  readonly cors?: readonly string[];
  /**
   * Answers TLS too, on the same port: with this certificate, or with one of its own making.
   * @default false
   */
  readonly tls?: boolean | Certificate;
  /** How often a second each action may be called, as on AWS. @default true */
  readonly limits?: boolean;
  /** Failures by the name of the action. @default {} */
  readonly faults?: Faults;
  /** Decides which calls fail, and makes request ids. */
  readonly random?: Random;
  /** Hears of requests that functions have made. @default nobody */
  readonly see?: See | undefined;
}

/** A running server. */
export interface KinesisServer {
  /** "http://127.0.0.1:4567", or "https://…" with TLS. */
  readonly endpoint: string;
  readonly port: number;
  /** What TLS shows: for clients that want to trust it. PEM. */
  readonly certificate: string | undefined;
  /** Takes no more requests, answers those under way, ends subscriptions and connections. */
  close(): Promise<void>;
}

/** How long, in milliseconds, answers may take when the server closes. */
const grace = 2_000;

/**
 * Serves a Kinesis over HTTP/1.1 and HTTP/2, in JSON and CBOR, on one port. The limits of shards
 * are the Kinesis's own (`createKinesis({ limits: true })`). Rejects when the port cannot be had, or
 * when `cors` has what is no origin.
 *
 * @example
 * const server = await createKinesisServer({ kinesis: createKinesis({ limits: true }) });
 * const client = new KinesisClient({ endpoint: server.endpoint, region: "us-east-1" });
 */
export async function createKinesisServer({
  kinesis,
  port = 0,
  host = "127.0.0.1",
  hosts = [],
  cors = [],
  tls = false,
  limits = true,
  faults = {},
  random = requestRandom(),
  see,
  ...requestLimits
}: KinesisServerOptions): Promise<KinesisServer> {
  const admit = limits ? callRates(kinesis.clock, kinesis.accountId) : () => {};
  const answer = service({ kinesis, faults, random, admit });
  const known = [...hosts, host];
  const origins = cors.map(letIn);
  const read = requestReader(known, requestLimits, origins);
  const underWay = new Set<Promise<void>>();
  const streaming = new Set<Frames>();

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const allowed = corsHeaders(request.headers, origins);
    for (const [name, value] of Object.entries(allowed)) response.setHeader(name, value);
    try {
      if (request.method === "OPTIONS" && "Access-Control-Allow-Origin" in allowed) {
        checkCaller(request.headers, known, origins);
        response.writeHead(204, preflightHeaders(request.headers)).end();
        return;
      }
      if (request.method === "GET" && request.url === "/_health") {
        checkCaller(request.headers, known, origins);
        const { region } = kinesis;
        const body = JSON.stringify({ status: "ok", region, streams: kinesis.listStreams() });
        response.writeHead(200, { "Content-Type": "application/json" }).end(body);
        return;
      }
      const asked = await read(request);
      const answering = send(asked, response).finally(() => underWay.delete(answering));
      underWay.add(answering);
      await answering;
    } catch (error) {
      if (error instanceof HttpRefusal) refuse(request, response, error);
      // The client went away in the middle of its request.
      else response.destroy();
    }
  }

  async function send(request: Request, response: ServerResponse): Promise<void> {
    const seen = seeing(see, "kinesis", request.headers);
    const { status, headers, body } = await answer(request);
    seen?.(answeredKinesis(request, status, body));
    if (typeof body === "object" && "frames" in body) {
      await stream(response, status, headers, body);
      return;
    }
    const length = Buffer.byteLength(body);
    response.writeHead(status, { ...headers, "Content-Length": length });
    // ASCII, which nearly all is, need not be looked at once more.
    response.end(body, length === body.length ? "latin1" : "utf8");
  }

  async function stream(
    response: ServerResponse,
    status: number,
    headers: Answer["headers"],
    frames: Frames,
  ): Promise<void> {
    streaming.add(frames);
    const left = new Promise<void>((resolve) => response.once("close", resolve));
    left.then(frames.end);
    response.writeHead(status, headers);
    for await (const frame of frames.frames) {
      if (response.destroyed) break;
      if (response.write(frame)) continue;
      await Promise.race([left, new Promise((drained) => response.once("drain", drained))]);
    }
    streaming.delete(frames);
    response.end();
  }

  const certificate =
    tls === true ? selfMadeCertificate(kinesis.clock.now(), host) : tls || undefined;
  const server = connections((request, response) => void respond(request, response), certificate);

  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    endpoint: `${certificate ? "https" : "http"}://${name}:${address.port}`,
    port: address.port,
    certificate: certificate?.cert,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const frames of streaming) frames.end();
      let giveUp = () => {};
      const tooLong = new Promise<void>((resolve) => {
        giveUp = systemClock.after(grace, () => {
          for (const socket of sockets) socket.destroy();
          resolve();
        });
      });
      await Promise.race([Promise.all(underWay), tooLong]);
      for (const socket of sockets) socket.destroySoon();
      await closed;
      giveUp();
    },
  };
}

/** A subscription answers for as long as it lasts. */
function answeredKinesis({ body, headers }: Request, status: number, answer: Answer["body"]) {
  const parsed = (bytes: Uint8Array | string): Record<string, unknown> => {
    try {
      return { ...(protocolOf(headers["content-type"])?.parse(Buffer.from(bytes)) as object) };
    } catch {
      return {};
    }
  };
  const output = typeof answer === "object" && "frames" in answer ? {} : parsed(answer);
  return answeredExchange({ headers, input: parsed(body), output, status, bytes: body.length });
}

function letIn(text: string): string {
  const origin = originOf(text);
  if (origin !== undefined) return origin;
  throw new TypeError(`cors takes origins, such as http://localhost:5173, not ${text}.`);
}
