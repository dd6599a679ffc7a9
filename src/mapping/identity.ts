/** Who a mapping is: its uuid and the ARNs that appear in events and documents. */
import type { RecordOrigin } from "../record/lambda-event.ts";

export interface MappingIdentity {
  readonly uuid: string;
  /** The ARN given to the mapping: the stream's, or the consumer's. */
  readonly eventSourceArn: string;
  readonly streamArn: string;
  /** Present for enhanced fan-out. */
  readonly consumerArn: string | undefined;
  /** Without a qualifier, where none was given. */
  readonly functionArn: string;
  /** What runs: a version. An alias stands for itself, since nothing here resolves it. */
  readonly executedVersion: string;
  readonly roleArn: string;
  readonly region: string;
}

export function originOf(
  { eventSourceArn, roleArn, region }: MappingIdentity,
  shardId: string,
): RecordOrigin {
  return { shardId, eventSourceArn, roleArn, region };
}
