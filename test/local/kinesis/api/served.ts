/** A simulator behind its server, and a client that sends whatever it is told to. */
import { decode, encode } from "cborg";
import { onTestFinished } from "vitest";
import {
  createKinesis,
  type Kinesis,
  type KinesisOptions,
} from "../../../../packages/local/src/kinesis/index.ts";
import {
  createKinesisServer,
  type KinesisServer,
  type KinesisServerOptions,
} from "../../../../packages/local/src/kinesis/server/index.ts";
import { seededRandom } from "../../../../src/time/random.ts";
import { type HandClock, handClock } from "../simulated.ts";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

export interface Served {
  readonly kinesis: Kinesis;
  readonly clock: HandClock;
  readonly server: KinesisServer;
  /** In JSON. */
  call(action: string, input?: object): Promise<any>;
  cbor(action: string, input?: object): Promise<Answered>;
  send(
    action: string,
    body: string | Uint8Array,
    headers?: Record<string, string>,
  ): Promise<Answered>;
}

export const json = "application/x-amz-json-1.1";
export const cbor = "application/x-amz-cbor-1.1";

export async function served(
  options: KinesisOptions = {},
  serverOptions: Partial<KinesisServerOptions> = {},
): Promise<Served> {
  const clock = handClock();
  const random = seededRandom(1);
  const kinesis = createKinesis({ clock, random, ...options });
  const server = await createKinesisServer({ kinesis, limits: false, ...serverOptions });
  onTestFinished(() => server.close());

  async function send(
    action: string,
    body: string | Uint8Array,
    headers: Record<string, string> = {},
  ) {
    const response = await fetch(server.endpoint, {
      method: "POST",
      body: body as string,
      headers: {
        "Content-Type": json,
        "X-Amz-Target": `Kinesis_20131202.${action}`,
        Authorization: "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=b",
        ...headers,
      },
    });
    return { status: response.status, headers: response.headers, body: await parse(response) };
  }

  return {
    kinesis,
    clock,
    server,
    send,
    call: async (action, input = {}) => (await send(action, JSON.stringify(input))).body,
    cbor: (action, input = {}) =>
      send(action, Buffer.from(encode(input)), { "Content-Type": cbor }),
  };
}

async function parse(response: Response): Promise<any> {
  const bytes = Buffer.from(await response.arrayBuffer());
  if (bytes.length === 0) return undefined;
  return response.headers.get("content-type") === cbor ? decode(bytes) : JSON.parse(String(bytes));
}
