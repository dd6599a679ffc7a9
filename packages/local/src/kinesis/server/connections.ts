/**
 * One port for every way to speak: HTTP/1.1, HTTP/2 without TLS, and both within TLS. The first
 * bytes of a connection tell which it is.
 */
import { createServer as createHttp1, type RequestListener } from "node:http";
import {
  createServer as createHttp2,
  createSecureServer,
  type ServerHttp2Session,
} from "node:http2";
import { createServer, type Server, type Socket } from "node:net";

/** What TLS shows. */
export interface Certificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
}

/** Whole records of some megabytes travel in one window, and many requests in one session. */
const window = 4 * 1024 * 1024;
const http2 = { settings: { initialWindowSize: window }, maxSessionMemory: 256 };
/** An idle client must not find its connection closed just as it sends the next request. */
const idle = 3_600_000;
const handshake = 0x16;
const longestHeaders = 64 * 1024;

/** A server that hands every request to `listener`; it is not listening yet. */
export function connections(
  listener: RequestListener,
  certificate: Certificate | undefined,
): Server {
  const h1 = createHttp1({ keepAliveTimeout: idle, maxHeaderSize: longestHeaders }, listener);
  const h2 = createHttp2(http2, listener as never);
  const tls =
    certificate &&
    createSecureServer({ ...http2, ...certificate, allowHTTP1: true }, listener as never);
  const widen = (session: ServerHttp2Session) => session.setLocalWindowSize(4 * window);
  for (const server of [h2, ...(tls ? [tls] : [])]) {
    server.on("session", widen);
    // A session that fails takes its streams with it; their clients know.
    server.on("sessionError", () => {});
  }
  tls?.on("tlsClientError", (_, socket) => socket.destroy());

  function serverFor(first: Buffer) {
    if (first[0] === handshake && tls) return tls;
    return first.toString("latin1", 0, 3) === "PRI" ? h2 : h1;
  }

  /** Three bytes tell "PRI * HTTP/2.0" from every method that is answered. */
  function sniff(socket: Socket, held: Buffer): void {
    socket.once("readable", () => {
      const more: Buffer | null = socket.read();
      const first = more ? Buffer.concat([held, more]) : held;
      if (more && first.length < 3) return sniff(socket, first);
      if (first.length === 0) return void socket.destroy();
      socket.unshift(first);
      serverFor(first).emit("connection", socket);
    });
  }

  return createServer((socket) => {
    socket.setNoDelay(true);
    // Clients that go away need no answer.
    socket.on("error", () => {});
    sniff(socket, Buffer.alloc(0));
  });
}
