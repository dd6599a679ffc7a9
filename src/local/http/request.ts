/** What of HTTP a request brings: read within bounds, or refused before its body is read. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isIP } from "node:net";

export interface Request {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer to what is no request of the service. */
export class HttpRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface RequestLimits {
  /** The longest body, in bytes. @default 16 MiB */
  readonly maxBodyBytes?: number;
  /** What the bodies of all requests under way may take together, in bytes. @default 256 MiB */
  readonly maxInFlightBytes?: number;
}

const MiB = 1024 * 1024;

/**
 * Reads requests. Web pages are kept out: a page of another origin says so in `Origin`, and one
 * whose own name was pointed at this machine says that name in `Host`.
 */
export function requestReader(
  hosts: readonly string[],
  { maxBodyBytes = 16 * MiB, maxInFlightBytes = 256 * MiB }: RequestLimits,
) {
  let inFlight = 0;

  async function readBody(request: IncomingMessage): Promise<Buffer> {
    const tooLong = () =>
      new HttpRefusal(413, `The body is longer than ${maxBodyBytes} bytes, the most that is read.`);
    if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) throw tooLong();
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of request) {
        length += chunk.length;
        inFlight += chunk.length;
        if (length > maxBodyBytes) throw tooLong();
        if (inFlight > maxInFlightBytes) {
          throw new HttpRefusal(503, "Too many requests are under way. Try again.");
        }
        chunks.push(chunk);
      }
      return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    } finally {
      inFlight -= length;
    }
  }

  /** Throws HttpRefusal. */
  return async (request: IncomingMessage): Promise<Request> => {
    const { headers } = request;
    if (request.method !== "POST") throw new HttpRefusal(405, "Only POST is answered here.");
    checkCaller(headers, hosts);
    return { path: request.url ?? "/", headers, body: await readBody(request) };
  };
}

/** Keeps web pages out. Throws HttpRefusal. */
export function checkCaller(headers: IncomingHttpHeaders, hosts: readonly string[]): void {
  if (headers.origin !== undefined) {
    throw new HttpRefusal(403, "Web pages are not answered here: the request has an Origin.");
  }
  checkHost(String(headers[":authority"] ?? headers.host ?? ""), hosts);
}

/** A name that nobody outside can point here: an address, a name without dots, a private domain. */
function checkHost(authority: string, hosts: readonly string[]): void {
  const name = authority
    .replace(/:\d*$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
  if (isIP(name) || !name.includes(".") || /\.(localhost|local|internal)$/.test(name)) return;
  if (hosts.includes(name)) return;
  throw new HttpRefusal(
    403,
    `The host ${name} is not known here. If it is right, name it in the server's hosts.`,
  );
}
