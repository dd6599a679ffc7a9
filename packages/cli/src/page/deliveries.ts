/** Delivery streams: what waits in their buffers, what came of the rest, and what is in an object. */
import type { S3Client } from "@aws-sdk/client-s3";
import type { Machine, Template } from "@shardmill/local/rig";
import { payloadShown, type ShownRecord } from "./records.ts";
import { PageRefusal } from "./server.ts";

export interface ShownDelivery {
  readonly name: string;
  /** Why it does not run here. Absent: it does. */
  readonly missing?: string;
  /** In records, as far as it got. */
  readonly counts?: {
    readonly incoming: number;
    readonly delivered: number;
    readonly dropped: number;
    readonly failed: number;
    readonly lost: number;
  };
  /** Records that were taken, and of which nothing has come yet: they are in its buffers, or under way. */
  readonly waiting: number;
  /** When a buffer is delivered, as far as the template says so. */
  readonly hints: string;
}

type Running = Pick<Machine, "deliveryStream">;

/** Those of the template. */
export function readDeliveries(
  machine: Running,
  { deliveryStreams }: Pick<Template, "deliveryStreams">,
): ShownDelivery[] {
  return deliveryStreams.map(({ name, properties }) => {
    const hints = hintsOf(properties);
    try {
      const { incoming, delivered, dropped, failed, lost } = machine.deliveryStream(name).counts;
      const waiting = Math.max(0, incoming - delivered - dropped - failed - lost);
      return { name, hints, waiting, counts: { incoming, delivered, dropped, failed, lost } };
    } catch (error) {
      return { name, hints, waiting: 0, missing: (error as Error).message };
    }
  });
}

function hintsOf(properties: Readonly<Record<string, unknown>>): string {
  for (const own of Object.values(properties)) {
    const hints = (own as { readonly BufferingHints?: Readonly<Record<string, unknown>> } | null)
      ?.BufferingHints;
    if (!hints) continue;
    const { IntervalInSeconds: seconds, SizeInMBs: size } = hints;
    return [size && `${size} MiB are there`, seconds && `${seconds} s have passed`]
      .filter(Boolean)
      .join(", or ");
  }
  return "";
}

/** Delivers what is in the buffers, without waiting for them to fill. */
export async function flushDelivery(machine: Running, name: unknown): Promise<object> {
  let running: ReturnType<Running["deliveryStream"]>;
  try {
    running = machine.deliveryStream(String(name));
  } catch (error) {
    throw new PageRefusal((error as Error).message);
  }
  await running.flush();
  return running.counts;
}

/** Bytes of an object that are looked at. */
const mostBytes = 5 * 1024 * 1024;

/** An object, as a person reads it. */
export async function readObject(
  client: S3Client,
  query: URLSearchParams,
): Promise<Pick<ShownRecord, "text" | "title">> {
  const [Bucket, Key] = [query.get("bucket") ?? "", query.get("key") ?? ""];
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const asked = { Bucket, Key, Range: `bytes=0-${mostBytes - 1}` };
  const { Body } = await client.send(new GetObjectCommand(asked)).catch((error: Error) => {
    throw new PageRefusal(`${Bucket}/${Key}: ${error.name}: ${error.message}`);
  });
  const { text, title } = payloadShown((await Body?.transformToByteArray()) ?? new Uint8Array());
  return { text, title };
}
