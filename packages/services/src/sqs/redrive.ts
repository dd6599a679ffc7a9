/** The policies that bind a queue to its dead-letter queue. */
import { invalidAttribute, type QueueAttributes } from "./attributes.ts";

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** Undefined: messages stay however often they are received. */
export function redrivePolicy({ RedrivePolicy }: QueueAttributes): RedrivePolicy | undefined {
  if (!RedrivePolicy) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = policy("RedrivePolicy", RedrivePolicy);
  const most = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== "string" || maxReceiveCount === undefined) {
    throw invalidAttribute("RedrivePolicy", "It needs deadLetterTargetArn and maxReceiveCount.");
  }
  if (!Number.isInteger(most) || most < 1 || most > 1000) {
    throw invalidAttribute("RedrivePolicy", "maxReceiveCount must be between 1 and 1000.");
  }
  return { deadLetterTargetArn, maxReceiveCount: most };
}

/** Says whether a dead-letter queue takes the messages of a source. */
export function allowsSource({
  RedriveAllowPolicy,
}: QueueAttributes): (sourceArn: string) => boolean {
  if (!RedriveAllowPolicy) return () => true;
  const { redrivePermission, sourceQueueArns } = policy("RedriveAllowPolicy", RedriveAllowPolicy);
  switch (redrivePermission) {
    case "allowAll":
      return () => true;
    case "denyAll":
      return () => false;
    case "byQueue":
      if (Array.isArray(sourceQueueArns)) return (arn) => sourceQueueArns.includes(arn);
      throw invalidAttribute("RedriveAllowPolicy", "byQueue needs sourceQueueArns.");
    default:
      throw invalidAttribute(
        "RedriveAllowPolicy",
        "redrivePermission must be allowAll, denyAll or byQueue.",
      );
  }
}

function policy(name: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return { ...parsed };
  } catch {
    // Refused below.
  }
  throw invalidAttribute(name, "It must be a JSON object.");
}
