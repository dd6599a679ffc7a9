/** Kinesis Video Streams on this machine: a file of Matroska, played as a stream. */
export { openVideo, type RecordedFragment, type VideoRecording } from "./recording.ts";
export { serveVideo, type VideoServerOptions } from "./server.ts";
