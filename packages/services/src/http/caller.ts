/**
 * Who is answered: programs. A web page must not reach what listens on its reader's machine; one of
 * another origin says so in `Origin`, and one whose own name was pointed at this machine says that
 * name in `Host`.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

/** An answer to what is no request of the service. */
export class HttpRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Keeps web pages out, but those of `origins`. Throws HttpRefusal. */
export function checkCaller(
  headers: IncomingHttpHeaders,
  hosts: readonly string[],
  origins: readonly string[] = [],
): void {
  if (headers.origin !== undefined && !origins.includes(headers.origin)) {
    throw new HttpRefusal(403, "Web pages are not answered here: the request has an Origin.");
  }
  checkHost(String(headers[":authority"] ?? headers.host ?? ""), hosts);
}

/**
 * Keeps out whatever comes from a browser, images and links included, which have no `Origin`: for
 * servers where a GET changes something. Throws HttpRefusal.
 */
export function checkProgram(headers: IncomingHttpHeaders): void {
  if (headers["sec-fetch-site"] !== undefined) {
    throw new HttpRefusal(403, "Browsers are not answered here: the request has a Sec-Fetch-Site.");
  }
  checkCaller(headers, []);
}

/**
 * Keeps out whatever is not the page of this very server, read on this machine: for a server that has a page. Its names are those
 * of the loopback and nobody can point another one here; what a browser sends from elsewhere says so. Throws HttpRefusal.
 */
export function checkPage(headers: IncomingHttpHeaders, port: number): void {
  const host = String(headers.host ?? "").toLowerCase();
  if (!["127.0.0.1", "localhost", "[::1]"].some((name) => host === `${name}:${port}`)) {
    throw new HttpRefusal(403, `This page is at http://127.0.0.1:${port} alone, not at ${host}.`);
  }
  const { origin, "sec-fetch-site": site = "none" } = headers;
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new HttpRefusal(403, "Other web pages are not answered here: the request has an Origin.");
  }
  // Also images, links and frames of other pages, which have no Origin.
  if (site !== "same-origin" && site !== "none") {
    throw new HttpRefusal(403, "Other web pages are not answered here: see its Sec-Fetch-Site.");
  }
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
