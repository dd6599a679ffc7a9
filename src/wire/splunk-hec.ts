/**
 * Splunk's HTTP Event Collector: what its responses say, under the names that Firehose has for it.
 * https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector
 */
import type { EndpointResponse } from "./firehose-http.ts";

/** Why events were refused, with AWS's name for it. */
export interface HecRefusal {
  /** https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html */
  readonly code: `Splunk.${string}`;
  readonly message: string;
  readonly status: number;
}

/** By the code in the response, which says more than its status. */
const codes: Readonly<Record<number, HecRefusal["code"]>> = {
  1: "Splunk.DisabledToken",
  2: "Splunk.InvalidToken",
  3: "Splunk.InvalidToken",
  4: "Splunk.InvalidToken",
  5: "Splunk.InvalidDataFormat",
  6: "Splunk.InvalidDataFormat",
  7: "Splunk.InvalidIndex",
  8: "Splunk.ServerError",
  9: "Splunk.ServerError",
  // The channel is sent with each request: who does not know it is another node.
  10: "Splunk.ProxyWithoutStickySessions",
  11: "Splunk.ProxyWithoutStickySessions",
  12: "Splunk.InvalidDataFormat",
  13: "Splunk.InvalidDataFormat",
  14: "Splunk.DisabledAck",
};

/** Undefined: it took the events, or answered what was asked. */
export function hecRefusal({ body, status }: EndpointResponse): HecRefusal | undefined {
  if (status === 200) return undefined;
  const { code, text } = membersOf(body);
  const known = typeof code === "number" ? codes[code] : undefined;
  const message = `Splunk answered ${status}${typeof text === "string" ? `: ${text}` : ""}.`;
  return { code: known ?? byStatus(status), message, status };
}

function byStatus(status: number): HecRefusal["code"] {
  if (status === 401 || status === 403) return "Splunk.InvalidToken";
  if (status === 404) return "Splunk.InvalidEndpoint";
  return status === 400 ? "Splunk.InvalidDataFormat" : "Splunk.ServerError";
}

/** The number under which to ask whether the events are indexed; undefined: nobody will say. */
export function ackIdIn(body: Uint8Array): number | undefined {
  const { ackId } = membersOf(body);
  return Number.isSafeInteger(ackId) ? (ackId as number) : undefined;
}

/** Whether Splunk says that the events of this number are indexed. False is no answer: not yet, or forgotten. */
export function hecAcknowledged({ body, status }: EndpointResponse, ackId: number): boolean {
  const { acks } = membersOf(body);
  return status === 200 && (acks as Record<string, unknown> | undefined)?.[ackId] === true;
}

function membersOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(Buffer.from(body).toString()));
  } catch {
    // A proxy's page.
    return {};
  }
}
