/** The services of AWS that run on this machine, each on a port of its own. */

import type { See } from "../../../services/src/http/seen.ts";
import { createS3, serveS3 } from "../../../services/src/s3/index.ts";
import { createSns, serveSns, type Undelivered } from "../../../services/src/sns/index.ts";
import { createSqs, serveSqs } from "../../../services/src/sqs/index.ts";
import { createDynamoDb, type DynamoDbOptions } from "../dynamodb/index.ts";
import { openKinesis } from "../kinesis/durable/index.ts";
import { createKinesis, type Kinesis } from "../kinesis/index.ts";
import { createKinesisServer, type Faults } from "../kinesis/server/index.ts";
import { type Closing, closing } from "./closing.ts";
import type { PutEvent, ReshardEvent } from "./events.ts";
import { PortError, systemCode } from "./port-error.ts";
import type { Endpoints, LocalService } from "./variables.ts";
import { type WatchedStreams, watchStreams } from "./watch-streams.ts";

export interface ServicesOptions {
  readonly region: string;
  readonly accountId: string;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** 0, or left out: any that is free. */
  readonly ports?: Readonly<Partial<Record<LocalService, number>>>;
  /** Services that run elsewhere: they are not started. */
  readonly elsewhere?: Endpoints;
  /** Services that are not wanted. */
  readonly without?: readonly LocalService[];
  /** Keeps the streams in this directory. @default in memory */
  readonly data?: string;
  /** The folder whose folders are the buckets. @default a temporary one */
  readonly bucketFolder?: string;
  /** Holds clients to the limits of shards and of calls per second. @default true */
  readonly limits?: boolean;
  /** Failures of the Kinesis server, by the name of the action. */
  readonly faults?: Faults;
  /** Told in a sentence what a person should know. */
  readonly onNote?: (text: string) => void;
  /** What stores the items of DynamoDB. @default "dynalite" */
  readonly dynamodbEngine?: DynamoDbOptions["engine"];
  /** Looks at every put, for `watch`. @default false */
  readonly watchStreams?: boolean;
  /** Hears of every request to DynamoDB, once it was performed. */
  readonly onTableRequest?: DynamoDbOptions["onRequest"];
  /** Hears of requests that functions have made. */
  readonly see?: See | undefined;
  /** Goes wrong with requests to DynamoDB. */
  readonly intercept?: DynamoDbOptions["intercept"];
}

export interface Services {
  /** The simulator; absent where Kinesis runs elsewhere. */
  readonly kinesis: Kinesis | undefined;
  /** Whether DynamoDB runs here. */
  readonly ownTables: boolean;
  readonly endpoints: Endpoints;
  /** Tells of puts and reshards from now on, until the returned function is called. */
  watch(tell: (event: PutEvent | ReshardEvent) => void): () => void;
  /** Starts one more, on its port. Rejects with a {@link PortError}. */
  serve(service: LocalService, start: (at: Place) => Promise<Served>): Promise<void>;
  close(): Promise<void>;
}

/** Where a service is to listen. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Served {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Starts them all. Rejects with a {@link PortError}, and leaves nothing running then. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { region, accountId, host = "127.0.0.1", ports = {}, elsewhere = {} } = options;
  const {
    without = [],
    limits = true,
    faults = {},
    intercept,
    see,
    onTableRequest: onRequest,
    bucketFolder,
    dynamodbEngine: engine = "dynalite",
    onNote = () => {},
  } = options;
  const close = closing();
  const endpoints: Partial<Record<LocalService, string>> = { ...elsewhere };
  let kinesis: Kinesis | undefined;
  let watched: WatchedStreams | undefined;
  let hear: (event: PutEvent | ReshardEvent) => void = () => {};
  const sqs = createSqs({ region, accountId });
  const sns = createSns({ sqs, onUndelivered: (message) => onNote(undelivered(message)) });
  const s3 = createS3({
    region,
    accountId,
    ...(bucketFolder !== undefined && { directory: bucketFolder }),
  });
  close.add(() => s3.close());

  const starts: Partial<Record<LocalService, (at: Place) => Promise<Served>>> = {
    async kinesis(at) {
      const streams = await openStreams(options, close);
      watched = options.watchStreams ? watchStreams(streams, (event) => hear(event)) : undefined;
      if (watched) close.add(watched.close);
      kinesis = watched?.kinesis ?? streams;
      return createKinesisServer({ ...at, kinesis, limits, faults, see });
    },
    dynamodb: (at) =>
      createDynamoDb({
        ...at,
        region,
        accountId,
        engine,
        see,
        ...(onRequest && { onRequest }),
        ...(intercept && { intercept }),
      }),
    sqs: (at) => serveSqs({ ...at, sqs, see }),
    sns: (at) => serveSns({ ...at, sns, see }),
    s3: (at) => serveS3({ ...at, s3, see }),
  };

  const serve: Services["serve"] = async (service, start) => {
    if (without.includes(service) || elsewhere[service] !== undefined) return;
    const port = ports[service] ?? 0;
    try {
      const { endpoint, close: end } = await start({ host, port });
      close.add(end);
      endpoints[service] = endpoint;
    } catch (error) {
      throw systemCode(error)?.startsWith("EA") ? new PortError(service, host, port, error) : error;
    }
  };

  const started = await Promise.allSettled(
    Object.entries(starts).map(([service, start]) => serve(service as LocalService, start)),
  );
  const failed = started.find(({ status }) => status === "rejected");
  if (failed) {
    await close.all();
    throw (failed as PromiseRejectedResult).reason;
  }
  const watch: Services["watch"] = (tell) => {
    hear = tell;
    return () => {
      watched?.flush();
      hear = () => {};
    };
  };
  const ownTables = endpoints.dynamodb !== undefined && elsewhere.dynamodb === undefined;
  return { kinesis, ownTables, endpoints, watch, serve, close: close.all };
}

const undelivered = ({ subscriptionArn, endpoint, reason, isSaved }: Undelivered) =>
  `${endpoint} did not take a message of ${subscriptionArn}: ${reason}. ${isSaved ? "Its dead-letter queue has it." : "It is lost."}`;

async function openStreams(
  { region, accountId, data, limits = true }: ServicesOptions,
  close: Closing,
): Promise<Kinesis> {
  const options = { region, accountId, limits };
  if (data === undefined) return createKinesis(options);
  const durable = await openKinesis({ ...options, data });
  close.add(() => durable.close());
  return durable;
}
