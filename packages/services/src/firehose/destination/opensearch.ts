/**
 * OpenSearch: a document a record, by the bulk API, in the index of the record's arrival.
 * https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html
 */
import type { Clock } from "../../../../../src/time/clock.ts";
import { rotatedIndex } from "../../../../../src/wire/index-rotation.ts";
import { type BulkItem, bulkItems, bulkLines } from "../../../../../src/wire/opensearch-bulk.ts";
import type { Activity } from "../activity.ts";
import type { BufferClock } from "../buffer.ts";
import type { DeliveryRecord, Failure } from "../record.ts";
import type { OpensearchPlan } from "../settings/plan.ts";
import type { Trace } from "../trace.ts";
import { answerWithin } from "./answer-within.ts";
import type { Writer } from "./delivery-buffer.ts";
import { deliveryBuffer } from "./delivery-buffer.ts";
import type { SendRequest } from "./http.ts";
import type { PutIntoOutbox } from "./outbox.ts";

/** Sends the lines of a bulk request. Throws what has a `status` where OpenSearch refused all of it. */
export type SendBulk = (
  lines: string,
  documents: number,
  signal: AbortSignal,
) => Promise<BulkItem[]>;

export interface OpensearchWriterOptions {
  readonly clock: Clock;
  readonly bufferClock: BufferClock;
  readonly plan: OpensearchPlan;
  readonly send: SendBulk;
  readonly trace: Trace;
  readonly activity: Activity;
  onDelivered(records: readonly DeliveryRecord[]): void;
  onFailure(failure: Failure): void;
}

const responseTimeout = 60_000;
const longestPause = 60_000;

/** A record that is to become a document. */
interface Document {
  readonly record: DeliveryRecord;
  readonly index: string;
  readonly lines: string;
}

/** Why a document is not there. */
interface Refusal {
  /** The status, as AWS writes it. */
  readonly code: string;
  readonly message: string;
  readonly isFinal: boolean;
}

export function opensearchWriter(options: OpensearchWriterOptions): Writer<DeliveryRecord> {
  const { clock, plan, trace, activity } = options;

  async function deliver(records: readonly DeliveryRecord[]): Promise<void> {
    let left = documentsOf(records);
    const giveUpAt = clock.now() + plan.retryFor;
    for (let attempt = 1, pause = 1000; left.length > 0; attempt++) {
      const refused = await attemptOnce(left, attempt);
      const now = clock.now();
      const isOver = now >= giveUpAt;
      for (const [document, refusal] of refused) {
        if (refusal.isFinal || isOver) fail(document, refusal, attempt, now);
      }
      left = isOver ? [] : left.filter((one) => refused.get(one)?.isFinal === false);
      if (left.length === 0) return;
      // The pause that is under way when the time is over is still waited for.
      await new Promise<void>((resolve) => clock.after(pause, resolve));
      pause = Math.min(longestPause, pause * 2);
    }
  }

  /** What cannot be a line of a request would fail all of it: it fails by itself, and is not sent. */
  function documentsOf(records: readonly DeliveryRecord[]): readonly Document[] {
    return records.flatMap((record) => {
      const source = Buffer.from(record.data).toString().trim();
      const index = rotatedIndex(plan.index, plan.rotation, record.arrivedAt);
      const id = plan.hasIds ? record.id : undefined;
      const document = { record, index, lines: bulkLines({ action: "index", index, id, source }) };
      if (source !== "" && !/[\r\n]/.test(source)) return [document];
      const reason = source === "" ? "is empty" : "has more than one line";
      const message = errorText("illegal_argument_exception", `The record ${reason}.`);
      fail(document, { code: "400", message, isFinal: true }, 1, clock.now());
      return [];
    });
  }

  async function attemptOnce(documents: readonly Document[], attempt: number) {
    const at = clock.now();
    const refused = new Map<Document, Refusal>();
    let status: number | undefined = 200;
    try {
      const lines = documents.map(({ lines }) => lines).join("");
      const waiting = { clock, activity, within: responseTimeout, who: "OpenSearch" };
      const items = await answerWithin(waiting, (signal) =>
        options.send(lines, documents.length, signal),
      );
      for (const [place, document] of documents.entries()) {
        const refusal = refusalOf(items[place]);
        if (refusal) refused.set(document, refusal);
      }
    } catch (error) {
      status = (error as Partial<BulkRefusal>).status;
      const refusal = { code: String(status ?? 503), message: (error as Error).message };
      for (const document of documents) refused.set(document, { ...refusal, isFinal: false });
    }
    const delivered = documents.filter((one) => !refused.has(one)).map(({ record }) => record);
    const [first] = refused.values();
    const now = clock.now();
    trace.add({
      ...{ type: "request", at, requestId: documents[0]!.record.id, attempt, status },
      ...{ records: documents.length, duration: now - at, outcome: first ? "failed" : "delivered" },
      ...(first && { error: first.message }),
    });
    if (delivered.length > 0) options.onDelivered(delivered);
    return refused;
  }

  function fail(
    { record, index }: Document,
    { code: errorCode, message: errorMessage }: Refusal,
    attemptsMade: number,
    at: number,
  ): void {
    const id = plan.hasIds ? record.id : undefined;
    const document = plan.serverless
      ? { osDocumentId: id, osIndexName: index }
      : { esDocumentId: id, esIndexName: index, esTypeName: plan.typeName };
    options.onFailure({
      ...{ record, type: "AmazonOpenSearchService-failed", errorCode, errorMessage },
      ...{ attemptsMade, at, document },
    });
  }

  return deliveryBuffer(options, deliver);
}

/** Undefined: the document is there. What is wrong with the document stays wrong. */
function refusalOf(item: BulkItem | undefined): Refusal | undefined {
  if (!item) {
    const message = errorText("no_item", "The response says nothing of this document.");
    return { code: "500", message, isFinal: false };
  }
  const { error, status } = item;
  if (!error && status >= 200 && status < 300) return undefined;
  const message = errorText(error?.type ?? "error", error?.reason ?? "");
  return { code: String(status), message, isFinal: status === 400 || status === 413 };
}

const errorText = (type: string, reason: string) => JSON.stringify({ type, reason });

/** OpenSearch refused a whole request. */
class BulkRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const mostMessageCharacters = 1000;

/** Bulk requests to a server. */
export function bulkTo(endpoint: string, send: SendRequest): SendBulk {
  const url = `${endpoint.replace(/\/+$/, "")}/_bulk`;
  const headers = { "Content-Type": "application/x-ndjson" };
  return async (lines, _, signal) => {
    const { status, body } = await send({ url, headers, body: Buffer.from(lines) }, signal);
    const text = Buffer.from(body).toString();
    if (status !== 200) throw new BulkRefusal(status, text.slice(0, mostMessageCharacters));
    return bulkItems(text);
  };
}

/** Bulk requests into files. */
export function bulkIntoOutbox(put: PutIntoOutbox): SendBulk {
  return async (lines, documents) => {
    await put({ ".ndjson": lines }, documents);
    return Array.from({ length: documents }, () => ({ status: 201 }));
  };
}
