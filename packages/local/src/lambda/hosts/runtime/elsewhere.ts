/**
 * What a function asks of services that do not run on this machine's ports: seen by Node.js's own channels, for `fetch` and for
 * `node:http`. https://nodejs.org/api/diagnostics_channel.html
 */
import { subscribe } from "node:diagnostics_channel";
import { type ClientRequest, type IncomingMessage, STATUS_CODES } from "node:http";

/** A request, answered or not. */
export interface CallElsewhere {
  readonly method: string;
  /** Without user, query and fragment: keys may stand there. */
  readonly url: string;
  /** Of its body, as far as it was said. */
  readonly bytes: number;
  /** When it was sent, in epoch milliseconds. */
  readonly at: number;
  /** Milliseconds until all of the answer was there. */
  readonly duration: number;
  /** HTTP's. Undefined: no answer came. */
  readonly status: number | undefined;
  readonly error?: { readonly type: string; readonly message: string };
}

/** A request of undici, as its channels show it. */
interface Fetched {
  readonly origin: unknown;
  readonly path: string;
  readonly method: string;
  readonly contentLength: number | null;
}

interface Begun {
  readonly at: number;
  readonly method: string;
  readonly url: string;
  readonly bytes: number;
  status: number | undefined;
}

/** Tells of each once it is over, but of those to `ours`, which are host and port. */
export function watchElsewhere(
  ours: ReadonlySet<string>,
  tell: (call: CallElsewhere) => void,
): void {
  const underWay = new WeakMap<object, Begun>();

  function begin(request: object, method: string, address: string, bytes: number): void {
    if (!URL.canParse(address)) return;
    const { host, origin, pathname } = new URL(address);
    if (ours.has(host)) return;
    const url = `${origin}${pathname}`;
    underWay.set(request, { at: Date.now(), method, url, bytes, status: undefined });
  }

  function end(request: object, thrown?: unknown): void {
    const begun = underWay.get(request);
    if (!begun) return;
    underWay.delete(request);
    const error = thrown === undefined ? refusedAs(begun.status) : errorOf(thrown);
    tell({ ...begun, duration: Date.now() - begun.at, ...(error && { error }) });
  }

  function answered(request: object, status: number | undefined): void {
    const begun = underWay.get(request);
    if (begun) begun.status = status;
  }

  const hear = <Message>(channel: string, heard: (message: Message) => void) =>
    subscribe(channel, (message) => heard(message as Message));

  hear<{ request: Fetched }>("undici:request:create", ({ request }) =>
    begin(request, request.method, `${request.origin}${request.path}`, request.contentLength ?? 0),
  );
  hear<{ request: object; response: { statusCode: number } }>(
    "undici:request:headers",
    ({ request, response }) => answered(request, response.statusCode),
  );
  hear<{ request: object }>("undici:request:trailers", ({ request }) => end(request));
  hear<{ request: object; error: unknown }>("undici:request:error", ({ error, request }) =>
    end(request, error),
  );

  hear<{ request: ClientRequest }>("http.client.request.start", ({ request }) => {
    const { host, method, path, protocol } = request;
    const port = request.socket?.remotePort;
    const authority = request.getHeader("host") ?? (port ? `${host}:${port}` : host);
    const bytes = Number(request.getHeader("content-length") ?? 0);
    begin(request, method, `${protocol}//${authority}${path}`, bytes);
  });
  hear<{ request: object; response: IncomingMessage }>(
    "http.client.response.finish",
    ({ request, response }) => {
      answered(request, response.statusCode);
      end(request);
    },
  );
  hear<{ request: object; error: unknown }>("http.client.request.error", ({ error, request }) =>
    end(request, error),
  );
}

const refusedAs = (status: number | undefined) =>
  status !== undefined && status >= 400
    ? { type: STATUS_CODES[status] ?? String(status), message: "" }
    : undefined;

function errorOf(thrown: unknown): { readonly type: string; readonly message: string } {
  const { code, message, name } = (thrown ?? {}) as Partial<Error & { code: string }>;
  return { type: String(code ?? name ?? typeof thrown), message: String(message ?? thrown) };
}
