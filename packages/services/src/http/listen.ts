/** A service on a port of this machine, over HTTP/1.1. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../../../src/time/clock.ts";

export interface ListenOptions {
  /** Names the service where its port cannot be had: "SQS". */
  readonly service: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /**
   * Answers a request. `gone` is aborted when nobody waits for the answer any more, or when the
   * server closes: an answer that waits for something must come then.
   */
  respond(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void>;
}

/** A service that listens. */
export interface Listening {
  /** "http://127.0.0.1:4566" */
  readonly endpoint: string;
  readonly port: number;
  /** Takes no more requests, answers those under way, and ends connections. A second call does nothing. */
  close(): Promise<void>;
}

/** How long, in milliseconds, answers may take when the server closes. */
const grace = 2_000;
/** An idle client must not find its connection closed just as it sends the next request. */
const idle = 3_600_000;
const longestHeaders = 64 * 1024;

/** Rejects when the port cannot be had. */
export async function listenHttp({
  service,
  host,
  port,
  respond,
}: ListenOptions): Promise<Listening> {
  const underWay = new Map<Promise<void>, AbortController>();
  const settings = { keepAliveTimeout: idle, requestTimeout: 0, maxHeaderSize: longestHeaders };
  const server = createServer(settings, (request, response) => {
    const gone = new AbortController();
    response.once("close", () => response.writableFinished || gone.abort());
    // Whatever a service does not answer, its client sees as a connection that broke.
    const answering = respond(request, response, gone.signal)
      .then(() => sent(response))
      .catch(() => void response.destroy())
      .finally(() => underWay.delete(answering));
    underWay.set(answering, gone);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new Error(`${service} cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
    });
    server.listen(port, host, resolve);
  });

  async function stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    for (const gone of underWay.values()) gone.abort();
    let giveUp = () => {};
    const tooLong = new Promise<void>((resolve) => {
      giveUp = systemClock.after(grace, resolve);
    });
    await Promise.race([Promise.all(underWay.keys()), tooLong]);
    giveUp();
    server.closeAllConnections();
    await closed;
  }

  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  let closing: Promise<void> | undefined;
  return {
    endpoint: `http://${name}:${address.port}`,
    port: address.port,
    close() {
      closing ??= stop();
      return closing;
    },
  };
}

/** An answer that has been written has to leave this process before its connection is ended. */
async function sent(response: ServerResponse): Promise<void> {
  if (response.writableFinished || !response.writableEnded || response.destroyed) return;
  await new Promise<void>((resolve) => {
    response.once("finish", resolve).once("close", resolve);
  });
}
