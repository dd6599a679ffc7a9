/** AWS::S3::Bucket and AWS::KinesisFirehose::DeliveryStream. */
import type { StackResource } from "../scope.ts";
import type { TemplateBucket, TemplateDeliveryStream } from "../types.ts";
import { type Reading, readResource } from "./reading.ts";

export const readBucket = (reading: Reading, resource: StackResource): TemplateBucket | undefined =>
  readResource(reading, resource);

export function readDeliveryStream(
  reading: Reading,
  resource: StackResource,
): TemplateDeliveryStream | undefined {
  const common = readResource(reading, resource);
  if (!common) return undefined;
  return { ...common, deliveryStreamType: common.properties.DeliveryStreamType ?? "DirectPut" };
}
