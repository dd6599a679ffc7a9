/** A recording as a video stream on a port: GetDataEndpoint and GetMedia, for clients that know nothing of this project. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import { type Random, randomUuid, systemRandom } from "../../../../src/time/random.ts";
import { refuse } from "../http/answer.ts";
import { HttpRefusal } from "../http/caller.ts";
import { type Listening, listenHttp } from "../http/listen.ts";
import { type RequestLimits, requestReader } from "../http/request.ts";
import { callOf } from "./call.ts";
import { errorDocument, fragmentDocument } from "./document.ts";
import { VideoError } from "./error.ts";
import type { VideoRecording } from "./recording.ts";
import { type StartSelector, timeline } from "./timeline.ts";

/** What `serveVideo` takes. */
export interface VideoServerOptions extends RequestLimits {
  /** What is played: `openVideo(file)`. */
  readonly recording: VideoRecording;
  /** The stream's name. */
  readonly stream: string;
  /** How it is played: as a camera records, from now on; again and again; or all is there at once. @default "once" */
  readonly play?: "once" | "loop" | "fast";
  /** 0: any that is free. @default 0 */
  readonly port?: number;
  /** Where to listen. Anything but a loopback address opens it to others. @default "127.0.0.1" */
  readonly host?: string;
  /** Names that requests may have in `Host`, besides addresses and names without dots. @default [] */
  readonly hosts?: readonly string[];
  /** Time, for tests. @default the machine's */
  readonly clock?: Clock;
  /** Chance, for tests. @default the machine's */
  readonly random?: Random;
}

/** AWS's: GetMedia for a stream. */
const callsPerSecond = 5;

/**
 * Serves a recording as a video stream. Once a file that is not looped has ended, GetMedia's answers end behind its last fragment. Rejects when the port
 * cannot be had.
 *
 * @example
 * const server = await serveVideo({ recording: await openVideo("door.mkv"), stream: "door", play: "fast" });
 * const client = new KinesisVideoClient({ endpoint: server.endpoint, region: "us-east-1" });
 */
export function serveVideo(options: VideoServerOptions): Promise<Listening> {
  const { recording, stream, play = "once", port = 0, host = "127.0.0.1", hosts = [] } = options;
  const { clock = systemClock, random = systemRandom, ...limits } = options;
  const read = requestReader([...hosts, host], limits);
  const startedAt = Math.floor(clock.now() - (play === "fast" ? recording.durationMs : 0));
  const fragments = timeline(recording, startedAt, play === "loop");
  let calls: number[] = [];

  function checkRate(): void {
    const now = clock.now();
    calls = calls.filter((at) => at > now - 1000);
    if (calls.length >= callsPerSecond) {
      throw new VideoError(
        "ClientLimitExceededException",
        `GetMedia is answered ${callsPerSecond} times a second.`,
      );
    }
    calls.push(now);
  }

  async function* payload(selector: StartSelector, gone: AbortSignal): AsyncGenerator<Uint8Array> {
    const beginning = fragments.beginning(selector, clock.now());
    if (beginning === undefined) {
      yield errorDocument(4000, "Requested fragment is not found");
      return;
    }
    for (let n = beginning; ; n++) {
      const next = fragments.at(n);
      if (!next) return;
      const { fragment, fragmentNumber, offsetMs, producerMs, serverMs } = next;
      if (serverMs > clock.now()) await clock.sleep(serverMs - clock.now(), gone);
      const newest = fragments.at(Math.max(n, fragments.newest(clock.now())))!;
      yield await fragmentDocument(recording, fragment, offsetMs, {
        before: {
          FRAGMENT_NUMBER: fragmentNumber,
          SERVER_TIMESTAMP: (serverMs / 1000).toFixed(3),
          PRODUCER_TIMESTAMP: (producerMs / 1000).toFixed(3),
        },
        behind: {
          MILLIS_BEHIND_NOW: newest.serverMs - serverMs,
          CONTINUATION_TOKEN: fragmentNumber,
        },
      });
    }
  }

  async function respond(request: IncomingMessage, response: ServerResponse, gone: AbortSignal) {
    const headers = { "x-amzn-RequestId": randomUuid(random) };
    const reply = (status: number, body: object, more: Record<string, string> = {}) => {
      response.writeHead(status, { ...headers, ...more, "Content-Type": "application/json" });
      response.end(JSON.stringify(body));
    };
    try {
      const call = callOf(await read(request), stream);
      if (call.action === "GetDataEndpoint") {
        return reply(200, { DataEndpoint: `http://${request.headers.host}` });
      }
      checkRate();
      response.writeHead(200, { ...headers, "Content-Type": "video/webm" });
      response.flushHeaders();
      await pipeline(Readable.from(payload(call.selector, gone), { objectMode: false }), response);
    } catch (error) {
      if (error instanceof HttpRefusal) return refuse(request, response, error);
      if (!(error instanceof VideoError)) throw error;
      reply(error.status, { Message: error.message }, { "x-amzn-ErrorType": error.code });
    }
  }

  return listenHttp({ service: "Kinesis Video Streams", host, port, respond });
}
