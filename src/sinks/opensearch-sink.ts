/** OpenSearch: a document a record, by the bulk API. */
import { givenText } from "../aws/given.ts";
import { digestOf, fitsKey } from "../aws/store-limits.ts";
import type { BatchRecord } from "../consumer/options.ts";
import { putAll, type Refusal } from "../handler/put-all.ts";
import { NonRetryableError } from "../record/errors.ts";
import type { UserRecord } from "../record/user-record.ts";
import { encodeJson } from "../values/encode-json.ts";
import { checkNumber } from "../values/number-option.ts";
import { whenReady } from "../values/ready.ts";
import { type IndexRotation, indexRotations, rotatedIndex } from "../wire/index-rotation.ts";
import { type BulkAction, bulkLimits, bulkLines, indexMistake } from "../wire/opensearch-bulk.ts";
import { withoutBehind } from "./behind.ts";
import { putNewestFirst } from "./newest-first.ts";
import {
  type BulkAnswer,
  type OpensearchClientOptions,
  opensearchClient,
} from "./opensearch-client.ts";
import {
  checkFunction,
  type FromRecord,
  failuresOf,
  prepare,
  refusalOf,
  type Sink,
  SinkError,
  type SinkOptions,
  sendingOf,
} from "./sink.ts";

/** What `opensearchSink` takes: where to, and which document a record becomes. */
export interface OpensearchSinkOptions<T> extends SinkOptions, OpensearchClientOptions {
  /** The index, or that of a record. */
  readonly index: string | ((value: T, record: UserRecord) => string) | undefined;
  /** How often a new index begins: `orders-2026-02-03` with `"OneDay"`. Weeks begin on Sunday. @default "NoRotation" */
  readonly rotation?: IndexRotation;
  /** The time by which the index is chosen: the record's own, so that a late retry finds its index. In epoch milliseconds, or a date. @default its arrival in the stream */
  readonly time?: (value: T, record: UserRecord) => number | Date;
  /** The document, or null to delete the one with this id. @default the decoded value */
  readonly document?: FromRecord<T, unknown>;
  /**
   * The document's `_id`, where a later record replaces it: at most 512 bytes. Undefined: OpenSearch makes one up, and a redelivery is
   * another document. @default the record's idempotency key: one document a record, for ever
   */
  readonly id?: (value: T, record: UserRecord) => string | undefined;
  /**
   * Only for a document of an `id`: its version, 0 to 2⁶³ − 1. What is not newer than what is there is left out, in whatever order records come. No
   * sequence number has room in it. @default none: the later record wins
   */
  readonly version?: (value: T, record: UserRecord) => number | bigint;
  /** The most bytes of a request. @default 5242880 (5 MiB) */
  readonly maxRequestBytes?: number;
  /**
   * Whether trying again is pointless, so that the record is parked. Asked of a failure of one record alone. @default ({ status }) => status === 400 || status === 413
   */
  readonly isFinal?: (error: SinkError) => boolean;
}

interface Item {
  readonly place: number;
  /** Of the document, in its index. */
  readonly key: string;
  readonly action: BulkAction;
  readonly lines: string;
  readonly bytes: number;
}

/**
 * Writes each record as a document, and reads what OpenSearch says of every one. Without `id` a document is created once under the record's own
 * key, whatever comes again; with `id` later records replace earlier ones. The index is that of the record's time, so that a retry
 * after midnight does not write a second document.
 *
 * An AWS domain's requests are signed; the role needs es:ESHttpPost on it (aoss:APIAccessAll of a serverless collection).
 *
 * @example
 * kinesisConsumer({ consumer: "search", decode: json(), processBatch: opensearchSink({ endpoint: process.env.SEARCH, index: "orders", rotation: "OneDay" }) });
 */
export function opensearchSink<T>(options: OpensearchSinkOptions<T>): Sink<T> {
  const { isFinal = isBad, maxRequestBytes = 5 * 1024 * 1024, version } = options;
  checkOptions(options);
  /** The later of two records wins by its place alone. */
  const isReplacing = options.id !== undefined && version === undefined;
  const bulk = opensearchClient(options);
  const sendingIn = sendingOf(options, "opensearchSink");
  const toItem = itemOf(options);

  return async (records, context) => {
    const refused = new Map<number, Refusal>();
    const prepared = await prepare(records, toItem, refused);
    const ready = isReplacing
      ? withoutBehind("opensearchSink", prepared, records, refused)
      : prepared;
    const items = ready.map(({ made, place }): Item => ({ ...made, place }));
    const sending = sendingIn(context);
    const put = (items: readonly Item[]) =>
      putAll({
        ...sending,
        entries: items,
        bytesOf: ({ bytes }) => bytes,
        maxEntries: Number.POSITIVE_INFINITY,
        maxBytes: maxRequestBytes,
        refusalOf: (error) => refusalOf(error, isFinal, "halve"),
        async put(items) {
          const answers = await bulk(items.map(({ lines }) => lines).join(""), sending);
          return answers.map((answer, at) => {
            const item = items[at];
            return !item || isDone(item.action, answer)
              ? undefined
              : refusalOf(itemError(item, answer), isFinal, "final");
          });
        },
      });
    const failures = isReplacing
      ? await putNewestFirst(items, put)
      : new Map([...(await put(items))].map(([at, refusal]) => [items[at]!.place, refusal]));
    for (const [place, refusal] of failures) refused.set(place, refusal);
    return failuresOf(records, refused);
  };
}

const isBad = ({ status }: SinkError) => status === 400 || status === 413;

/** There already, or newer there already, or not there any more: what was wanted. */
function isDone({ action, version }: BulkAction, { error, status }: BulkAnswer): boolean {
  if (status === 409) return action === "create" || version !== undefined;
  if (status === 404 && action === "delete") return error === undefined;
  return status >= 200 && status < 300 && error === undefined;
}

function itemError({ action: { index } }: Item, { error, status }: BulkAnswer): SinkError {
  const { reason, type } = error ?? { type: "no_status", reason: "the response does not say why" };
  const code = type;
  return new SinkError(`opensearchSink: ${index}: ${status} ${type}: ${reason}`, { code, status });
}

function itemOf<T>(options: OpensearchSinkOptions<T>) {
  const { document, id, index, rotation = "NoRotation", time, version } = options;

  function actionOf({ idempotencyKey, record, value }: BatchRecord<T>, made: unknown): BulkAction {
    const at = Number(time ? time(value, record) : record.approximateArrivalTimestamp);
    const base = typeof index === "function" ? index(value, record) : index!;
    if (!(at >= yearZero && at < yearTenThousand)) throw wrong("time", at, "must be a time");
    const name = rotatedIndex(base, rotation, at);
    const mistake = typeof name === "string" ? indexMistake(name) : "must be text";
    if (mistake) throw wrong("index", name, mistake);
    const own = id ? id(value, record) : idOf(idempotencyKey);
    if (own !== undefined && !isId(own)) {
      throw wrong("id", own, `must be text of 1 to ${bulkLimits.idBytes} bytes`);
    }
    const isDeletion = made === null;
    if (isDeletion && (!id || own === undefined)) {
      throw wrong("document", made, "deletes a document, and there is no id to tell which");
    }
    return {
      action: isDeletion ? "delete" : id && own !== undefined ? "index" : "create",
      index: name,
      id: own,
      version: version && versionOf(version(value, record)),
      source: isDeletion ? undefined : sourceOf(made),
    };
  }

  return (record: BatchRecord<T>): Omit<Item, "place"> | Promise<Omit<Item, "place">> => {
    const finish = (made: unknown) => {
      const action = actionOf(record, made);
      const lines = bulkLines(action);
      const key = JSON.stringify([action.index, action.id ?? record.idempotencyKey]);
      return { key, action, lines, bytes: Buffer.byteLength(lines) };
    };
    const made = document
      ? document(record.value, record.record, record.idempotencyKey)
      : record.value;
    return whenReady(made, finish);
  };
}

/** Between these a year has four digits. Whoever counts in microseconds is beyond. */
const yearZero = -62_167_219_200_000;
const yearTenThousand = 253_402_300_800_000;

function sourceOf(document: unknown): string {
  try {
    return encodeJson(document);
  } catch (cause) {
    const { message } = cause as Error;
    throw new NonRetryableError(`opensearchSink: document: ${message}`, { cause });
  }
}

const isId = (id: unknown): id is string =>
  typeof id === "string" && id !== "" && fitsKey(id, bulkLimits.idBytes);

const idOf = (key: string) => (isId(key) ? key : digestOf(key));

function versionOf(given: unknown): bigint {
  const isWhole = typeof given === "bigint" || Number.isSafeInteger(given);
  const version = isWhole ? BigInt(given as number | bigint) : -1n;
  if (version >= 0n && version <= bulkLimits.version) return version;
  throw wrong("version", given, "must be a whole number from 0 to 2⁶³ − 1 (a bigint above 2⁵³)");
}

/** What a record says does not change when it comes again. */
const wrong = (option: string, given: unknown, why: string) =>
  new NonRetryableError(`opensearchSink: ${option} ${why}; it is ${shown(given)}.`);

const shown = (given: unknown) =>
  typeof given === "string" ? JSON.stringify(given.slice(0, 100)) : String(given);

function checkOptions<T>(options: OpensearchSinkOptions<T>): void {
  const { id, index, maxRequestBytes, rotation = "NoRotation", version } = options;
  if (!indexRotations.includes(rotation)) {
    throw new TypeError(
      `opensearchSink: rotation must be one of ${indexRotations.join(", ")}; it is ${shown(rotation)}.`,
    );
  }
  if (typeof index !== "function") {
    const name = givenText(index, "index", "opensearchSink");
    const mistake = indexMistake(rotatedIndex(name, rotation, 0));
    if (mistake)
      throw new TypeError(`opensearchSink: the index ${JSON.stringify(name)} ${mistake}.`);
  }
  for (const name of ["index", "time", "document", "id", "version", "isFinal"] as const) {
    if (name !== "index" || typeof index === "function") {
      checkFunction(`opensearchSink: ${name}`, options[name]);
    }
  }
  if (version && !id) {
    throw new TypeError(
      "opensearchSink: version needs an id: a document of the record's own is created once, and has none to be compared with.",
    );
  }
  checkNumber("opensearchSink: maxRequestBytes", maxRequestBytes, { least: 1 });
}
