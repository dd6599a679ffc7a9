import type { Entry, Position } from "shardmill";

export const at = (place: number, subSequenceNumber = 0): Position => ({
  sequenceNumber: String(49659172051921876073359630856560954531429613779191595010n + BigInt(place)),
  subSequenceNumber,
});

let logs = 0;
/** The name of a log that nobody has written to. */
export const newLog = () => `c#us-east-1:123456789012:orders#1735689600#shardId-${++logs}`;

/** An entry that says next to nothing. */
export const minimal = (n: number, more: Partial<Entry> = {}): Entry => ({
  n,
  kind: "done",
  first: at(n),
  last: at(n),
  at: 1_767_225_600_000 + n,
  writer: "us-east-1:123456789012:departures",
  token: `token-${n}`,
  v: 1,
  ...more,
});
