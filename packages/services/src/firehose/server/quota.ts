/** The quotas of DirectPut: calls, records and bytes in a second, for each delivery stream. */
import type { Clock } from "../../../../../src/time/clock.ts";
import type { DeliveryStream } from "../types.ts";

const MiB = 1024 * 1024;
/** https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
const large = { calls: 2000, records: 500_000, bytes: 5 * MiB };
const usual = { calls: 1000, records: 100_000, bytes: MiB };
const largeRegions = new Set(["us-east-1", "us-west-2", "eu-west-1"]);

export interface Quota {
  takeCall(stream: DeliveryStream): boolean;
  takeRecord(stream: DeliveryStream, bytes: number): boolean;
}

export const noQuota: Quota = { takeCall: () => true, takeRecord: () => true };

/** What was used in the running second. */
interface Used {
  second: number;
  calls: number;
  records: number;
  bytes: number;
}

export function quota(clock: Clock): Quota {
  const used = new WeakMap<DeliveryStream, Used>();

  function usedBy(stream: DeliveryStream): Used {
    const second = Math.floor(clock.now() / 1000);
    const known = used.get(stream);
    if (known?.second === second) return known;
    const fresh = { second, calls: 0, records: 0, bytes: 0 };
    used.set(stream, fresh);
    return fresh;
  }

  const most = ({ arn }: DeliveryStream) => (largeRegions.has(arn.split(":")[3]!) ? large : usual);

  return {
    takeCall(stream) {
      const now = usedBy(stream);
      if (now.calls >= most(stream).calls) return false;
      now.calls++;
      return true;
    },
    takeRecord(stream, bytes) {
      const now = usedBy(stream);
      const limits = most(stream);
      if (now.records >= limits.records || now.bytes + bytes > limits.bytes) return false;
      now.records++;
      now.bytes += bytes;
      return true;
    },
  };
}
