/**
 * The server of the page: on this machine's loopback, for its own page alone, and only for who has the token. The page says what happens
 * by server-sent events, and what is asked for by JSON.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { checkPage, HttpRefusal, type Listening, listenHttp } from "@shardmill/local/rig";
import type { PageAssets } from "./assets.ts";
import type { Feed } from "./feed.ts";

/** What a page may ask for, by name: `GET /api/<name>`. Gets the query; resolves to what JSON carries. */
export type Questions = Readonly<Record<string, (query: URLSearchParams) => unknown>>;
/** What a page may do: `POST /api/<name>` with JSON. */
export type Actions = Readonly<
  Record<string, (input: Readonly<Record<string, unknown>>) => unknown>
>;

export interface PageServerOptions {
  readonly feed: Feed;
  /** Its files, of a page that can do what `actions` name. */
  readonly assets: (can: readonly string[]) => Promise<PageAssets>;
  readonly questions: Questions;
  readonly actions: Actions;
  /** 0: any that is free. @default 0 */
  readonly port?: number;
  /** @default 128 bits of chance */
  readonly token?: string;
}

export interface PageServer {
  /** With the token: who has it may look, and act. */
  readonly url: string;
  close(): Promise<void>;
}

/** What a person did wrong, or what is not there: the page shows it. */
export class PageRefusal extends Error {}

const longestBody = 2 * 1024 * 1024;
/** Events in one message. */
const mostInMessage = 500;
/** A proxy, or a laptop that slept, would else hold a dead connection for ever. */
const heartbeatMs = 15_000;

const policy = (styles = "'self'") =>
  `default-src 'none'; script-src 'self'; style-src ${styles}; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

const safe = {
  "Content-Security-Policy": policy(),
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cache-Control": "no-store",
};

/** Starts it. Rejects when the port cannot be had. */
export async function servePage({
  feed,
  assets,
  questions,
  actions,
  port = 0,
  token = randomBytes(16).toString("hex"),
}: PageServerOptions): Promise<PageServer> {
  const files = await assets(Object.keys(actions));
  const listening: Listening = await listenHttp({
    ...{ service: "The page", host: "127.0.0.1", port },
    async respond(request, response, gone) {
      try {
        checkPage(request.headers, listening.port);
        await answer(request, response, gone);
      } catch (error) {
        refuse(response, error);
      }
    },
  });

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://page");
    const asset = files[pathname];
    if (asset && request.method === "GET") {
      return send(response, 200, asset.type, asset.body, asset.styles);
    }
    const [, name = ""] = /^\/api\/([\w-]+)$/.exec(pathname) ?? [];
    if (name === "") throw new HttpRefusal(404, `There is no ${pathname} here.`);
    checkToken(String(request.headers["x-shardmill-token"] ?? searchParams.get("token") ?? ""));
    if (request.method === "GET" && name === "events") {
      const after = Number(request.headers["last-event-id"] ?? searchParams.get("after") ?? 0);
      return tellEvents(feed, response, Number.isSafeInteger(after) ? after : 0, gone);
    }
    if (request.method === "GET" && Object.hasOwn(questions, name)) {
      return sendJson(response, await questions[name]!(searchParams));
    }
    if (request.method === "POST" && Object.hasOwn(actions, name)) {
      // A form of another page could send anything but this without being asked for.
      if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) {
        throw new HttpRefusal(415, "The body is JSON: Content-Type: application/json.");
      }
      if (request.headers["x-shardmill-token"] === undefined) {
        throw new HttpRefusal(403, "What changes something needs the token in x-shardmill-token.");
      }
      return sendJson(response, await actions[name]!(await jsonBody(request)));
    }
    throw new HttpRefusal(405, `${request.method} ${pathname} is not answered here.`);
  }

  function checkToken(given: string): void {
    const [a, b] = [Buffer.from(given), Buffer.from(token)];
    if (a.length === b.length && timingSafeEqual(a, b)) return;
    throw new HttpRefusal(
      403,
      "The token is not this run's. Open the page by the line that was printed at its start.",
    );
  }

  return {
    url: `${listening.endpoint}/?token=${token}`,
    close: listening.close,
  };
}

async function tellEvents(
  feed: Feed,
  response: ServerResponse,
  after: number,
  gone: AbortSignal,
): Promise<void> {
  response.writeHead(200, {
    ...safe,
    "Content-Type": "text/event-stream; charset=utf-8",
    "X-Accel-Buffering": "no",
  });
  let last = after;
  let isFull = false;
  const send = () => {
    // A page that does not keep up gets the rest once it has taken what is under way: nothing piles up.
    while (!isFull && last !== feed.newest && !gone.aborted) {
      const next = feed.after(last, mostInMessage);
      last = next.last;
      isFull = !response.write(`id: ${last}\ndata: [${next.events.join(",")}]\n\n`);
    }
  };
  const end = feed.onChange(send);
  const heartbeat = setInterval(() => response.write(": still here\n\n"), heartbeatMs).unref();
  response.on("drain", () => {
    isFull = false;
    send();
  });
  response.write("retry: 1000\n\n");
  send();
  await new Promise<void>((resolve) => {
    if (gone.aborted) resolve();
    gone.addEventListener("abort", () => resolve(), { once: true });
  });
  end();
  clearInterval(heartbeat);
  response.end();
}

async function jsonBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const tooLong = () => new HttpRefusal(413, `The body is longer than ${longestBody} bytes.`);
  if (Number(request.headers["content-length"] ?? 0) > longestBody) throw tooLong();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > longestBody) throw tooLong();
    chunks.push(chunk);
  }
  try {
    const value = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new HttpRefusal(400, "The body is no JSON object.");
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  styles?: string,
): void {
  response.writeHead(status, {
    ...safe,
    "Content-Security-Policy": policy(styles),
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
}

const sendJson = (response: ServerResponse, value: unknown, status = 200) =>
  send(response, status, "application/json; charset=utf-8", JSON.stringify(value ?? null));

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const status = error instanceof HttpRefusal ? error.status : 422;
  // What is left of its request is not read.
  response.setHeader("Connection", "close");
  sendJson(response, { message: (error as Error).message ?? String(error) }, status);
}
