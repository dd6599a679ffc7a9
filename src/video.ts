/**
 * Kinesis Video Streams: fragments and frames of GetMedia.
 *
 * @module shardmill/video
 */

export { GetMediaError, MatroskaError } from "./video/errors.ts";
export {
  bytesOf,
  isBehind,
  type Pieces,
  type VideoFragment,
  type VideoFrame,
  type VideoTrack,
} from "./video/fragment.ts";
export type { ReadFragmentsOptions } from "./video/fragment-scanner.ts";
export { readFragments } from "./video/read-fragments.ts";
