/** The stream as a producer sees it: two operations of Kinesis, and what their failures mean. */
import type { CommandSender } from "../aws/command-sender.ts";
import { shardCreatedAt } from "../record/position.ts";
import type { Clock } from "../time/clock.ts";
import type { Entry } from "./entries.ts";
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
}

export function openStream(
  stream: string,
  given: CommandSender | undefined,
  {
    clock,
    requestTimeoutMs,
  }: {
    readonly clock: Clock;
    readonly requestTimeoutMs: number;
  },
): Stream {
  const id = stream.startsWith("arn:") ? { StreamARN: stream } : { StreamName: stream };
  let own: (CommandSender & { destroy(): void }) | undefined;
  /** Loaded when it is needed: a cold start does not pay for it. */
  const load = () => import("@aws-sdk/client-kinesis");
  const ready = async () => {
    const sdk = await load();
    // Refusals are the producer's: it keeps the order.
    if (!given) own ??= new sdk.KinesisClient({ maxAttempts: 1 });
    return { sdk, client: (given ?? own) as SenderWithSignal };
  };

  function inTime<T>(what: string, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController();
    return new Promise((resolve, reject) => {
      const cancel = clock.after(requestTimeoutMs, () => {
        const timeout = new Error(`${what} had no answer within ${requestTimeoutMs} ms.`);
        reject(Object.assign(timeout, { name: "TimeoutError" }));
        over.abort(timeout);
      });
      send(over.signal).then(resolve, reject).finally(cancel);
    });
  }

  return {
    name: stream.startsWith("arn:") ? (stream.split("/")[1] ?? stream) : stream,
    put: (entries) =>
      inTime("PutRecords", async (abortSignal) => {
        const { sdk, client } = await ready();
        const command = new sdk.PutRecordsCommand({ ...id, Records: entries.map(toRequest) });
        const answer = await client.send(command, { abortSignal });
        return answer.Records ?? [];
      }),
    openShards: () =>
      inTime("ListShards", async (abortSignal) => {
        const { sdk, client } = await ready();
        const shards: import("@aws-sdk/client-kinesis").Shard[] = [];
        for (let NextToken: string | undefined; ; ) {
          const first = { ...id, ShardFilter: { Type: "AT_LATEST" as const } };
          const command = new sdk.ListShardsCommand(NextToken ? { NextToken } : first);
          const page = await client.send(command, { abortSignal });
          shards.push(...(page.Shards ?? []));
          NextToken = page.NextToken;
          if (!NextToken) break;
        }
        return shardMap(
          shards.map(({ ShardId = "", HashKeyRange, SequenceNumberRange }) => ({
            shardId: ShardId,
            first: hashKeyText(BigInt(HashKeyRange?.StartingHashKey ?? 0)),
            last: hashKeyText(BigInt(HashKeyRange?.EndingHashKey ?? 0)),
            createdAt: shardCreatedAt(SequenceNumberRange?.StartingSequenceNumber ?? ""),
          })),
        );
      }),
    close: () => own?.destroy(),
  };
}

const toRequest = ({ data, partitionKey, explicitHashKey }: Entry) => ({
  Data: data,
  PartitionKey: partitionKey,
  ...(explicitHashKey === undefined ? {} : { ExplicitHashKey: explicitHashKey }),
});

/** What becomes of the records of a request that failed as a whole. */
export type RequestFailure =
  /** The same request may succeed later. It may even have done so: the answer was lost. */
  | "again"
  /** It is refused whenever it comes. */
  | "never"
  /** One of its records is not what Kinesis takes. */
  | "one-of-them";

export function requestFailure(error: unknown): RequestFailure {
  const { name = "" } = (error ?? {}) as { name?: string };
  if (/^(Validation|InvalidArgument|Serialization)/.test(name)) return "one-of-them";
  return isRefused(name) ? "never" : "again";
}

const isRefused = (name: string) =>
  /^(AccessDenied|UnrecognizedClient|InvalidSignature|InvalidClientTokenId|MissingAuth|OptInRequired|KMSAccessDenied|KMSDisabled|KMSNotFound|KMSOptIn|UnknownOperation)/.test(
    name,
  );

/** Nothing was written: Kinesis has said so. */
export const isAnswered = (error: unknown): boolean => {
  const { $fault, $metadata } = (error ?? {}) as {
    $fault?: string;
    $metadata?: { httpStatusCode?: number };
  };
  return $fault === "client" && $metadata?.httpStatusCode !== undefined;
};

export const isThrottle = (code: string): boolean =>
  /Throughput|Throttl|LimitExceeded|TooManyRequests/.test(code);
