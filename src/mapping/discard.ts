/** Giving a batch up: its document goes to the failure destination, and the shard goes on. */
import { buildEvent, type RecordOrigin } from "../record/lambda-event.ts";
import type { Batch } from "./batch.ts";
import type { DeliveryContext } from "./delivery.ts";
import type { FailureDestination } from "./failure-destination.ts";
import {
  type FailureCondition,
  failureDocument,
  type ResponseContext,
  s3ObjectKey,
  withPayload,
} from "./failure-document.ts";
import type { Outcome } from "./outcome.ts";
import { type WindowState, windowFields } from "./window.ts";

/** Gives a batch up: its document goes to the destination, if there is one. Never rejects. */
export async function giveUp(
  context: DeliveryContext,
  given: {
    readonly batch: Batch;
    readonly requestId: string;
    readonly condition: FailureCondition;
    /** The cause: undefined where it was age. */
    readonly outcome: Outcome | undefined;
    readonly destination: string | undefined;
    readonly state: WindowState;
  },
  origin: RecordOrigin,
): Promise<void> {
  const { identity, metrics, onFailure, clock } = context;
  const size = given.batch.records.length;
  if (!onFailure) {
    metrics.DroppedEventCount += size;
    return;
  }
  const document = failureDocument({
    batch: given.batch,
    requestId: given.requestId,
    condition: given.condition,
    responseContext: responseContext(given.outcome, identity.executedVersion),
    shardId: origin.shardId,
    functionArn: identity.functionArn,
    eventSourceArn: identity.eventSourceArn,
    now: clock.now(),
  });
  const type = destinationType(given.destination);
  const idle = context.busy();
  try {
    if (type === "s3") {
      const { window } = given.batch;
      const fields = window && windowFields(window, given.state, origin);
      const event = buildEvent(given.batch.records, origin, fields);
      const key = s3ObjectKey(identity.uuid, origin.shardId, clock.now(), context.random);
      await onFailure(withPayload(document, event), { type, arn: given.destination, key });
    } else await onFailure(document, { type, arn: given.destination });
    metrics.OnFailureDestinationDeliveredEventCount += size;
  } catch {
    // As on AWS, a document that cannot be delivered is counted, and the shard goes on.
    metrics.DestinationDeliveryFailures++;
    metrics.DroppedEventCount += size;
  } finally {
    idle();
  }
}

function responseContext(
  outcome: Outcome | undefined,
  executedVersion: string,
): ResponseContext | undefined {
  if (outcome?.kind !== "failure") return undefined;
  return { statusCode: 200, executedVersion, functionError: outcome.functionError };
}

function destinationType(arn: string | undefined): FailureDestination["type"] {
  const service = arn?.split(":")[2];
  return service === "s3" || service === "sns" ? service : "sqs";
}
