/** Requests to HTTP endpoints over the network: to this machine only, unless others are named. */
import type { SendRequest } from "./http.ts";

/** Where requests to HTTP endpoints may go. */
export interface SendOptions {
  /** Sends to this URL instead of the one in the settings. */
  readonly url?: string;
  /** Hosts, besides those of this machine, that requests may go to. @default [] */
  readonly hosts?: readonly string[];
}

/** Whether a URL leads to this machine. */
export const isLocal = (url: string) => loopback.test(new URL(url).hostname);

const loopback = /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * A template names the endpoint of the deployed stream, with its key. So that no test data gets
 * there, a request to a host that is not allowed is refused.
 *
 * @example
 * createDeliveryStream({ name, settings, bucket, send: sendRequests({ url: "http://localhost:8080" }) });
 */
export function sendRequests({ url, hosts = [] }: SendOptions = {}): SendRequest {
  return async (request, signal) => {
    const target = url ?? request.url;
    const { hostname } = new URL(target);
    if (!loopback.test(hostname) && !hosts.includes(hostname)) {
      throw new Error(
        `Nothing is sent to ${hostname} from here. Give the \`url\` of a local endpoint, or name the host in \`hosts\`.`,
      );
    }
    const response = await fetch(target, {
      method: "POST",
      headers: request.headers,
      body: Buffer.from(request.body),
      redirect: "manual",
      signal,
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new Uint8Array(await response.arrayBuffer()),
    };
  };
}
