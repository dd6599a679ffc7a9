/** What `shardmill kinesis` says when it listens. */
import type { Kinesis, KinesisServer } from "@shardmill/local/rig";
import type { KinesisSettings } from "./settings.ts";

export function announcement(
  { endpoint, port, certificate }: KinesisServer,
  kinesis: Kinesis,
  { json, data, limits }: KinesisSettings,
): string {
  const streams = kinesis.listStreams();
  if (json) return `${JSON.stringify({ endpoint, port, streams, certificate })}\n`;
  const where = data === undefined ? "in memory" : `in ${data}`;
  return [
    `Kinesis listens on ${endpoint} (${where}, limits ${limits ? "on" : "off"}).`,
    ...(streams.length > 0 ? [`Streams: ${streams.join(", ")}`] : []),
    `Point clients at it with AWS_ENDPOINT_URL_KINESIS=${endpoint}. Ctrl-C ends it.`,
    "",
  ].join("\n");
}
