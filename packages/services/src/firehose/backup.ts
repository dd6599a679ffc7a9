/** The source backup: records as they came, one after the other. */
import type { DeliveryContext } from "./context.ts";
import type { Writer } from "./destination/delivery-buffer.ts";
import { recordWriter } from "./destination/s3.ts";
import type { DeliveryRecord } from "./record.ts";
import type { S3Plan } from "./settings/plan.ts";

export function backupWriter(context: DeliveryContext, plan: S3Plan): Writer<DeliveryRecord> {
  const { counts } = context;
  return recordWriter({
    ...context,
    plan,
    holds: "backup",
    bytesOf: ({ raw }) => raw,
    onDelivered(records, delivered) {
      if (delivered) counts.backedUp += records.length;
    },
  });
}
