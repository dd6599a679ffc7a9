/** Under which keys parked records and their payloads lie in a bucket. */
import { digestOf, fitsKey, s3Limits } from "../aws/store-limits.ts";
import { type ParkedRecord, placeInStream } from "./parking.ts";

/** Room for a digest, a dot and the longest ending. */
export const longestPrefix = s3Limits.key - (64 + ".json".length);

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
