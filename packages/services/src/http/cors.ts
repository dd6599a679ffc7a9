/**
 * What a browser wants to be told before a page of another origin may ask and read the answer.
 *
 * https://fetch.spec.whatwg.org/#http-cors-protocol
 */
import type { IncomingHttpHeaders } from "node:http";

/** What of an answer scripts may read, besides its type and body: as AWS's own endpoints say it. */
const readable = "x-amzn-RequestId, x-amz-id-2, x-amzn-ErrorType, x-amzn-ErrorMessage, Date";
/** How long a browser may remember a preflight, in seconds. */
const remembered = 7200;

/** The headers of every answer of a server that lets pages of `origins` in. */
export function corsHeaders(
  { origin }: IncomingHttpHeaders,
  origins: readonly string[],
): Readonly<Record<string, string>> {
  if (origins.length === 0) return {};
  if (origin === undefined || !origins.includes(origin)) return { Vary: "Origin" };
  return {
    Vary: "Origin",
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Expose-Headers": readable,
  };
}

/** The answer to a preflight, besides `corsHeaders`: a page that is let in may POST with any headers. */
export function preflightHeaders(
  headers: IncomingHttpHeaders,
): Readonly<Record<string, string | number>> {
  const asked = headers["access-control-request-headers"];
  return {
    "Access-Control-Allow-Methods": "POST",
    ...(asked !== undefined && { "Access-Control-Allow-Headers": asked }),
    ...(headers["access-control-request-private-network"] === "true" && {
      "Access-Control-Allow-Private-Network": "true",
    }),
    "Access-Control-Max-Age": remembered,
  };
}

/**
 * An origin as browsers write it. Undefined: it is none that can be let in; `*` and `null` would let
 * in every page.
 *
 * @example
 * originOf("http://localhost:5173/"); // "http://localhost:5173"
 */
export function originOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.host === "" || url.host.includes("*")) return undefined;
  if (url.pathname.length > 1 || url.search || url.hash || url.username) return undefined;
  return `${url.protocol}//${url.host}`;
}
