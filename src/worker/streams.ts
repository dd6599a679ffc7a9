/** The streams of a worker, and which lease is of which: with one stream the key is the shard's id, with several it names the stream. */
import type { Checkpoint, Lease, NewLease } from "./leases/lease.ts";
import { at } from "./leases/lease.ts";
import type { ReadFrom, Stream, StreamDescription } from "./reading/stream.ts";

export interface KnownStream extends StreamDescription {
  readonly stream: Stream;
  /** As the table has it; undefined where there is one stream alone. */
  readonly identifier: string | undefined;
}

/** Describes streams, and gives them the identifiers that KCL would: account, name and creation time. */
export async function knowStreams(streams: readonly Stream[]): Promise<readonly KnownStream[]> {
  return await Promise.all(
    streams.map(async (stream) => {
      const description = await stream.describe();
      const { arn, name, createdAt } = description;
      const account = arn.split(":")[4];
      const identifier =
        streams.length > 1 ? `${account}:${name}:${Math.trunc(createdAt)}` : undefined;
      return { ...description, stream, identifier };
    }),
  );
}

/** The stream of a lease; undefined: it is of none of this worker's. */
export const streamOf = (streams: readonly KnownStream[], { streamName }: Lease) =>
  streams.find(({ identifier }) => identifier === streamName);

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

export const initialRead = (position: InitialPosition): ReadFrom =>
  typeof position === "string"
    ? { type: position }
    : { type: "AT_TIMESTAMP", timestamp: position.getTime() };
