/** Splunk's HTTP Event Collector, from the facts of its protocol: acknowledgements that come late, twice or never. */
import type {
  EndpointRequest,
  EndpointResponse,
  SendRequest,
} from "../../../packages/services/src/firehose/index.ts";

/** What is done with the events of one POST. */
export type Indexing =
  /** They are acknowledged at the poll of this number, and then forgotten. */
  | { readonly ackAtPoll: number }
  /** They are indexed, and nobody will ever say so. */
  | "unacknowledged"
  /** Indexed and acknowledged, but the first answer of true gets lost: it is asked for twice. */
  | "ackLost"
  | { readonly status: number; readonly code?: number; readonly text?: string }
  | "withoutAckId"
  | Error;

export interface SplunkDouble {
  readonly send: SendRequest;
  readonly requests: readonly EndpointRequest[];
  /** What was indexed, a POST each. */
  readonly indexed: readonly string[];
  /** Of acknowledgements. */
  readonly polls: number;
}

export function splunkDouble(indexing: (post: number) => Indexing): SplunkDouble {
  const requests: EndpointRequest[] = [];
  const indexed: string[] = [];
  /** By channel and number: how often it is asked for until it is true. */
  const pending = new Map<string, { until: number; isLost: boolean }>();
  let posts = 0;
  let polls = 0;

  function post(request: EndpointRequest): EndpointResponse {
    const what = indexing(++posts);
    if (what instanceof Error) throw what;
    if (typeof what === "object" && "status" in what) return reply(what.status, what);
    indexed.push(Buffer.from(request.body).toString());
    if (what === "withoutAckId") return reply(200, { text: "Success", code: 0 });
    const ackId = posts - 1;
    const until = typeof what === "object" ? what.ackAtPoll : what === "ackLost" ? 1 : Infinity;
    pending.set(`${channelOf(request)}/${ackId}`, { until, isLost: what === "ackLost" });
    return reply(200, { text: "Success", code: 0, ackId });
  }

  function poll(request: EndpointRequest): EndpointResponse {
    polls++;
    const { acks } = JSON.parse(Buffer.from(request.body).toString());
    const answers = acks.map((ackId: number) => {
      const key = `${channelOf(request)}/${ackId}`;
      const one = pending.get(key);
      if (!one || --one.until > 0) return [ackId, false];
      if (one.isLost) {
        one.isLost = false;
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      }
      // What was answered true is forgotten.
      pending.delete(key);
      return [ackId, true];
    });
    return reply(200, { acks: Object.fromEntries(answers) });
  }

  return {
    requests,
    indexed,
    get polls() {
      return polls;
    },
    async send(request) {
      requests.push(request);
      const { pathname } = new URL(request.url);
      if (request.headers.Authorization !== "Splunk token") {
        return reply(403, { text: "Invalid token", code: 4 });
      }
      return pathname.endsWith("/ack") ? poll(request) : post(request);
    },
  };
}

const channelOf = ({ headers }: EndpointRequest) => headers["X-Splunk-Request-Channel"];

const reply = (status: number, body: object): EndpointResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: Buffer.from(JSON.stringify(body)),
});
