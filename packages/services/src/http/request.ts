/** What of HTTP a request brings: read within bounds, or refused before its body is read. */

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { checkNumber } from "../../../../src/values/number-option.ts";
import { checkCaller, HttpRefusal } from "./caller.ts";

export interface Request {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RequestLimits {
  /** The longest body, in bytes. @default 16 MiB */
  readonly maxBodyBytes?: number;
  /** What the bodies of all requests under way may take together, in bytes. @default 256 MiB */
  readonly maxInFlightBytes?: number;
}

const MiB = 1024 * 1024;

/** Reads requests, of web pages only those of `origins`. */
export function requestReader(
  hosts: readonly string[],
  { maxBodyBytes = 16 * MiB, maxInFlightBytes = 256 * MiB }: RequestLimits,
  origins: readonly string[] = [],
) {
  checkNumber("maxBodyBytes", maxBodyBytes, { least: 1 });
  checkNumber("maxInFlightBytes", maxInFlightBytes, { least: 1 });
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
    checkCaller(headers, hosts, origins);
    return { path: request.url ?? "/", headers, body: await readBody(request) };
  };
}
