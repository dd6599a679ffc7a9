/** Under which keys parked records and their payloads lie in a bucket. */
import { digestOf, fitsKey, s3Limits } from "../limits/store-limits.ts";
import { type ParkedRecord, placeInStream } from "./parking.ts";

/** A digest, a dot and the longest ending. */
const roomForDigest = 64 + ".json".length;

/** Throws, for the start of a function, what no key could hold. */
export function checkPrefix(prefix: string, who: string): void {
  const most = s3Limits.key - roomForDigest;
  if (fitsKey(prefix, most)) return;
  throw new RangeError(
    `${who}: a prefix has at most ${most} bytes of UTF-8, so that a key of S3 has room for more; this one has ${Buffer.byteLength(prefix)}.`,
  );
}

/** `<prefix><consumer>/<stream>/<shard>/<position><ending>`, or a digest in its place where S3 has no room for it. */
export function s3KeyOf(prefix: string, parked: ParkedRecord, ending: ".json" | ".data"): string {
  const stream = parked.streamArn.slice(parked.streamArn.indexOf("/") + 1);
  const places = [parked.consumer, stream, ...placeInStream(parked).split("#")];
  const key = `${prefix}${places.map(segmentOf).join("/")}${ending}`;
  return fitsKey(key, s3Limits.key) ? key : `${prefix}${digestOf(parked.id)}${ending}`;
}

/** A part of a key that stays one: `.` and `..` would be steps of a path. */
const segmentOf = (text: string): string =>
  text.replace(/^\.{1,2}$|[^\w.@:+=-]/g, (found) =>
    [...Buffer.from(found)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  );
