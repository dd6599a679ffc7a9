/** Answers of a service that reads a request whole and answers it whole. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HttpRefusal } from "./caller.ts";
import type { Request } from "./request.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What `listenHttp` takes, of how a request is read and how it is answered. `answer` does not throw
 * for what is wrong with a request of its service.
 */
export function respondWith(
  read: (request: IncomingMessage) => Promise<Request>,
  answer: (request: Request, gone: AbortSignal) => Promise<Answer>,
) {
  return async function respond(
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<void> {
    try {
      const { status, headers, body } = await answer(await read(request), gone);
      response.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(body) });
      response.end(body);
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error;
      refuse(response, error);
    }
  };
}

/** Answers what is no request of a service, and reads no more of it. */
export function refuse(response: ServerResponse, { status, message }: HttpRefusal): void {
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(message),
    Connection: "close",
    ...(status === 405 && { Allow: "POST" }),
  });
  response.end(message);
}
