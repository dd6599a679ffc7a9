/** The streams of a worker, and which lease is of which: with one stream the key is the shard's id, with several it names the stream. */
import type { Checkpoint, Lease, NewLease } from "./leases/lease.ts";
import { at } from "./leases/lease.ts";
import type { ReadFrom, Stream, StreamDescription } from "./reading/stream.ts";

export interface KnownStream extends StreamDescription {
  readonly stream: Stream;
  /** As the table has it; undefined where the stream was given by its name alone. */
  readonly identifier: string | undefined;
}

/** Describes streams. Those of a list get the identifiers that KCL would give them: account, name and creation time. */
export async function knowStreams(
  given: string | readonly string[],
  open: (name: string) => Stream,
): Promise<readonly KnownStream[]> {
  const isList = typeof given !== "string";
  const known = await Promise.all(
    (isList ? given : [given]).map(async (reference): Promise<KnownStream> => {
      const stream = open(reference);
      const description = await stream.describe();
      const { arn, name, createdAt } = description;
      const identifier = `${arn.split(":")[4]}:${name}:${Math.trunc(createdAt)}`;
      return { ...description, stream, identifier: isList ? identifier : undefined };
    }),
  );
  const twice = known.find(({ arn }, at) => known.findIndex((one) => one.arn === arn) < at);
  if (twice) throw new TypeError(`runWorker: the stream ${twice.name} is given twice.`);
  return known;
}

/** The stream of a lease; undefined: it is of none of this worker's. */
export const streamOf = (streams: readonly KnownStream[], { streamName }: Lease) =>
  streams.find(({ identifier }) => identifier === streamName);

/** The stream of a lease's key. */
export const streamOfKey = (streams: readonly KnownStream[], key: string) =>
  streams.find(({ identifier }) => identifier === undefined || key.startsWith(`${identifier}:`));

export const keyOf = ({ identifier }: KnownStream, shardId: string) =>
  identifier === undefined ? shardId : `${identifier}:${shardId}`;

/** A lease as the table of these streams has it. */
export const inStream = (stream: KnownStream, lease: NewLease): NewLease => {
  const { identifier } = stream;
  const shardId = lease.shardId ?? lease.key;
  return {
    ...lease,
    key: keyOf(stream, shardId),
    ...(identifier !== undefined && { streamName: identifier, shardId }),
  };
};

export type InitialPosition = "TRIM_HORIZON" | "LATEST" | Date;

export const initialCheckpoint = (position: InitialPosition): Checkpoint =>
  at(typeof position === "string" ? position : "AT_TIMESTAMP");

/**
 * Where a lease's shard is read from, and what AT_TIMESTAMP means there. LATEST is the tip for who takes the lease first. Whoever comes after
 * him, while no record is done, begins when the lease was made: at the tip of later he would skip what has come between.
 */
export function placeOf(
  { checkpoint, counter, latestSince }: Pick<Lease, "checkpoint" | "counter" | "latestSince">,
  initial: InitialPosition,
): { readonly checkpoint: Checkpoint; readonly timestamp: number | undefined } {
  const isTaken = counter > 1;
  if (checkpoint.sequenceNumber === "LATEST" && isTaken && latestSince !== undefined) {
    return { checkpoint: at("AT_TIMESTAMP"), timestamp: latestSince };
  }
  return { checkpoint, timestamp: typeof initial === "string" ? undefined : initial.getTime() };
}

export const initialRead = (position: InitialPosition): ReadFrom =>
  typeof position === "string"
    ? { type: position }
    : { type: "AT_TIMESTAMP", timestamp: position.getTime() };
