/** The stream as a producer sees it: two operations of Kinesis. */
import type { CommandSender } from "../aws/command-sender.ts";
import { shardCreatedAt } from "../record/position.ts";
import type { Clock } from "../time/clock.ts";
import type { Entry } from "./entries.ts";
import { namedError } from "./errors.ts";
import { hashKeyText, type ShardMap, shardMap } from "./shard-map.ts";

/** What PutRecords says of one entry. */
export interface EntryAnswer {
  readonly ShardId?: string | undefined;
  readonly SequenceNumber?: string | undefined;
  readonly ErrorCode?: string | undefined;
  readonly ErrorMessage?: string | undefined;
}

export interface Stream {
  readonly name: string;
  /** The answers, in the order of the entries. Rejects where the request as a whole failed. */
  put(entries: readonly Entry[]): Promise<readonly EntryAnswer[]>;
  openShards(): Promise<ShardMap>;
  close(): void;
}

interface SenderWithSignal {
  send(command: unknown, options: { readonly abortSignal: AbortSignal }): PromiseLike<any>;
  destroy?(): void;
}

export function openStream(
  stream: string,
  given: CommandSender | undefined,
  clock: Clock,
  requestTimeoutMs: number,
): Stream {
  const id = { [stream.startsWith("arn:") ? "StreamARN" : "StreamName"]: stream };
  let client = given as SenderWithSignal | undefined;

  async function send(operation: Operation, input: object, abortSignal: AbortSignal) {
    // Loaded when it is needed: a cold start does not pay for it.
    const sdk = await import("@aws-sdk/client-kinesis");
    // Refusals are the producer's: it keeps the order.
    client ??= new sdk.KinesisClient({ maxAttempts: 1 });
    const Command: new (input: never) => unknown = sdk[`${operation}Command`];
    return client.send(new Command(input as never), { abortSignal });
  }

  function ask(operation: Operation, input: object): Promise<any> {
    const over = new AbortController();
    const late = Promise.withResolvers<never>();
    const cancel = clock.after(requestTimeoutMs, () => {
      const why = `${operation} had no answer within ${requestTimeoutMs} ms.`;
      const timeout = namedError("TimeoutError", why);
      late.reject(timeout);
      over.abort(timeout);
    });
    return Promise.race([send(operation, input, over.signal), late.promise]).finally(cancel);
  }

  return {
    name: stream.split("/").pop()!,
    async put(entries) {
      const { Records } = await ask("PutRecords", { ...id, Records: entries.map(toRequest) });
      if (Records?.length === entries.length) return Records;
      // Whose they are nobody knows.
      const why = `${entries.length} records had ${Records?.length} answers.`;
      throw namedError("WrongAnswer", why);
    },
    async openShards() {
      const shards: import("@aws-sdk/client-kinesis").Shard[] = [];
      let input: object | undefined = { ...id, ShardFilter: { Type: "AT_LATEST" } };
      while (input) {
        const { NextToken, Shards } = await ask("ListShards", input);
        shards.push(...Shards);
        input = NextToken && { NextToken };
      }
      return shardMap(
        shards.map(({ ShardId, HashKeyRange, SequenceNumberRange }) => ({
          shardId: ShardId!,
          first: hashKeyText(HashKeyRange!.StartingHashKey!),
          last: hashKeyText(HashKeyRange!.EndingHashKey!),
          createdAt: shardCreatedAt(SequenceNumberRange?.StartingSequenceNumber ?? ""),
        })),
      );
    },
    close: () => {
      if (!given) client?.destroy?.();
    },
  };
}

type Operation = "PutRecords" | "ListShards";

const toRequest = ({ data, partitionKey, explicitHashKey }: Entry) => ({
  Data: data,
  PartitionKey: partitionKey,
  ExplicitHashKey: explicitHashKey,
});
