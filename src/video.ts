/**
 * Kinesis Video Streams: fragments and frames of GetMedia, and a consumer that remembers how far it has come; and what is
 * seen in them, by Rekognition or others.
 *
 * @module shardmill/video
 */

export type { Clock } from "./time/clock.ts";
export type { Random } from "./time/random.ts";
export {
  memoryCheckpoints,
  type VideoCheckpoint,
  type VideoCheckpoints,
} from "./video/consumer/checkpoints.ts";
export { consumeVideo } from "./video/consumer/consume-video.ts";
export {
  type GetMediaOptions,
  getMedia,
  type Selector,
  type VideoSdk,
  type VideoSource,
} from "./video/consumer/get-media.ts";
export type {
  ConsumeVideoOptions,
  FragmentContext,
  StartAt,
  VideoEvent,
} from "./video/consumer/options.ts";
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
export { type NotifyOnceOptions, notifyOnce } from "./video/inference/notify-once.ts";
export {
  type InferenceResult,
  rekognition,
  type SearchedFace,
  type Sighting,
} from "./video/inference/rekognition.ts";
export { memoryVisits, type Visit, type VisitStore } from "./video/inference/visits.ts";
export { readFragments } from "./video/read-fragments.ts";
