/** A stream in the simulator, behind its server and the real client, with a CloudWatch that is told its load, and the handler. */
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { type ScaleStreamOptions, type ScalingReport, scaleStream } from "shardmill/scaling";
import { onTestFinished } from "vitest";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import { cloudWatch, type ToldMinute } from "./cloud-watch.ts";

export const minuteMs = 60_000;

export async function world({
  shards = 2,
  ...options
}: { readonly shards?: number } & Partial<ScaleStreamOptions> = {}) {
  const clock = virtualClock({ start: Date.UTC(2026, 0, 1) });
  // An operation takes two minutes.
  const kinesis = createKinesis({ clock, random: seededRandom(1), transitionMs: 2 * minuteMs });
  const server = await createKinesisServer({ kinesis, limits: false });
  const client = new KinesisClient({
    endpoint: server.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  kinesis.createStream({ name: "flights", shards });
  await clock.advance(3 * minuteMs);
  const metrics = cloudWatch(clock.now);
  const lines: string[] = [];
  const sent: Record<string, number> = {};
  /** A new environment of the function. */
  const environment = (more: Partial<ScaleStreamOptions> = {}) =>
    scaleStream({
      streams: [{ streamName: "flights" }],
      max: 64,
      kinesis: client,
      cloudwatch: metrics.client,
      logger: { debug() {}, info: (line) => lines.push(line), warn() {}, error() {} },
      metrics: { addMetric: (name, _unit, value) => Object.assign(sent, { [name]: value }) },
      runtime: { clock },
      ...options,
      ...more,
    });

  return {
    clock,
    kinesis,
    client,
    lines,
    sent,
    environment,
    tell: metrics.tell,
    metricCalls: metrics.calls,
    shards: () => kinesis.describeStream({ stream: "flights" }).openShardCount,
    /** Tells of minutes that end now, one after the other, and lets the handler look at each; returns its reports. */
    async run(
      handler: ReturnType<typeof environment>,
      minutes: number,
      load: (minute: number) => ToldMinute,
    ): Promise<ScalingReport[]> {
      const reports: ScalingReport[] = [];
      for (let minute = 0; minute < minutes; minute++) {
        const at = Math.floor(clock.now() / minuteMs) * minuteMs;
        metrics.tell(at, load(minute));
        await clock.advance(minuteMs);
        reports.push(...(await handler({})));
      }
      return reports;
    },
  };
}
