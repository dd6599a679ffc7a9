/** The streams of an account in a region, found by what a request names. */
import type { Clock } from "../../../../src/time/clock.ts";
import { type KinesisError, notFound, resourceInUse } from "./error.ts";
import type { IteratorToken } from "./iterator-token.ts";
import { trim } from "./retention.ts";
import { fullShardId, noSuchShard, type ShardState, shardIdOf } from "./shard.ts";
import type { StreamState } from "./state.ts";

/** References are names or ARNs. Every `find` trims the stream, and throws where there is none. */
export interface Streams {
  arnOf(name: string): string;
  add(stream: StreamState): void;
  remove(stream: StreamState): void;
  all(): Iterable<StreamState>;
  names(): string[];
  get(reference: string): StreamState | undefined;
  /** A stream, whatever its status. */
  find(reference: string): StreamState;
  /** A stream that has shards to write and read; as on AWS, one that is being deleted still has. */
  findReady(reference: string): StreamState;
  /** A stream that may be changed. */
  findActive(reference: string): StreamState;
  findShard(reference: string, shardId: string): ShardOfStream;
  /** As on AWS, an id without a number is refused before the stream is looked for. */
  fullShardId(reference: string, shardId: string): string;
  /**
   * What an iterator reads. As on AWS, one of a stream that was deleted and created anew reads all of
   * the new one: its position lies before whatever was put since.
   */
  findIterated(token: IteratorToken): ShardOfStream & { readonly token: IteratorToken };
}

interface ShardOfStream {
  readonly stream: StreamState;
  readonly shard: ShardState;
}

export function streamsOf(clock: Clock, region: string, accountId: string): Streams {
  const byName = new Map<string, StreamState>();
  const prefix = `arn:aws:kinesis:${region}:${accountId}:stream/`;
  const nameOf = (reference: string) =>
    reference.startsWith(prefix) ? reference.slice(prefix.length) : reference;

  function find(reference: string): StreamState {
    const stream = byName.get(nameOf(reference));
    if (!stream) throw noStream(nameOf(reference));
    trim(stream, clock.now());
    return stream;
  }

  function findReady(reference: string): StreamState {
    const stream = find(reference);
    if (stream.status === "CREATING") throw noStream(stream.name);
    return stream;
  }

  function fullIdIn(reference: string, shardId: string): string {
    const fullId = fullShardId(shardId);
    if (fullId === undefined) throw noSuchShard(nameOf(reference), shardId, accountId);
    return fullId;
  }

  /** As AWS does, it names the shard that is not there, also where the whole stream is not. */
  function findShard(reference: string, shardId: string): ShardOfStream {
    const name = nameOf(reference);
    const fullId = fullIdIn(reference, shardId);
    if (!byName.has(name)) throw noShard(name, fullId);
    const stream = findReady(name);
    const shard = stream.shards.get(fullId);
    if (!shard) throw noShard(name, fullId);
    return { stream, shard };
  }

  const noStream = (name: string) =>
    notFound(`Stream ${name} under account ${accountId} not found.`);

  const noShard = (streamName: string, shardId: string) =>
    notFound(`Shard ${shardId} in stream ${streamName} under account ${accountId} does not exist`);

  return {
    arnOf: (name) => prefix + name,
    add: (stream) => byName.set(stream.name, stream),
    remove: (stream) => byName.delete(stream.name),
    all: () => byName.values(),
    names: () => [...byName.keys()].sort(),
    get: (reference) => byName.get(nameOf(reference)),
    find,
    findReady,
    fullShardId: fullIdIn,
    findActive(reference) {
      const stream = find(reference);
      if (stream.status !== "ACTIVE") throw notActive(stream);
      return stream;
    },
    findShard,
    findIterated(token) {
      const found = findShard(token.streamName, shardIdOf(token.shardIndex));
      const { incarnation } = found.stream;
      const isSame = incarnation === token.incarnation;
      return { ...found, token: isSame ? token : { ...token, incarnation, position: 0 } };
    },
  };
}

type Named = Pick<StreamState, "name" | "accountId" | "status">;

export const notActive = (stream: Named) => inState(stream, "ACTIVE");

/** For what needs a stream's shards and changes none of them: throws while the stream comes or goes. */
export function checkReady(stream: Named): void {
  if (stream.status !== "ACTIVE" && stream.status !== "UPDATING") {
    throw inState(stream, "ACTIVE or UPDATING");
  }
}

function inState({ name, accountId, status }: Named, wanted: string): KinesisError {
  return resourceInUse(
    `Stream ${name} under account ${accountId} not ${wanted}, instead in state ${status}`,
  );
}
