/** Answers of a service that reads a request whole and answers it whole. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { HttpRefusal } from "./caller.ts";
import type { Request } from "./request.ts";
import { answeredText, type See, seeing } from "./seen.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Who looks on, and under which name the service is told. */
export interface Onlooker {
  readonly service: string;
  /** Hears of requests that are made in an invocation. @default nobody */
  readonly see?: See | undefined;
}

/**
 * What `listenHttp` takes, of how a request is read and how it is answered. `answer` does not throw
 * for what is wrong with a request of its service.
 */
export function respondWith(
  read: (request: IncomingMessage) => Promise<Request>,
  answer: (request: Request, gone: AbortSignal) => Promise<Answer>,
  { service, see }: Onlooker,
) {
  return async function respond(
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<void> {
    try {
      const asked = await read(request);
      const seen = seeing(see, service, asked.headers);
      const { status, headers, body } = await answer(asked, gone);
      seen?.(answeredText(asked.headers, asked.body, status, body));
      response.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(body) });
      response.end(body);
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error;
      refuse(request, response, error);
    }
  };
}

const codes: Readonly<Record<number, string>> = {
  403: "AccessDeniedException",
  413: "RequestEntityTooLargeException",
  503: "ServiceUnavailableException",
};

/**
 * Answers what is no request of a service, and reads no more of it. In JSON, as most services answer:
 * their SDKs show what it says.
 */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, message }: HttpRefusal,
): void {
  const body = JSON.stringify({ __type: codes[status] ?? "UnknownOperationException", message });
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    ...(request.httpVersionMajor === 1 && { Connection: "close" }),
    ...(status === 405 && { Allow: "POST" }),
  });
  response.end(body, () => {
    if (request.httpVersionMajor === 2) (request as unknown as Http2ServerRequest).stream.close();
  });
}
