/**
 * `@shardmill/local/rig`: what `@shardmill/cli` runs and reads projects with. It is for the command of
 * the same version alone: its names may change with every one.
 */
export { checkPage, HttpRefusal } from "../../services/src/http/caller.ts";
export { originOf } from "../../services/src/http/cors.ts";
export { type Listening, listenHttp } from "../../services/src/http/listen.ts";
export { openVideo, serveVideo, type VideoRecording } from "../../services/src/video/index.ts";
export { actions } from "./kinesis/api/actions.ts";
export { openKinesis } from "./kinesis/durable/index.ts";
export { DirectoryInUse, lockDirectory } from "./kinesis/durable/lock.ts";
export { type CreateStream, createKinesis, type Kinesis } from "./kinesis/index.ts";
export {
  type Certificate,
  createKinesisServer,
  type Fault,
  type Faults as KinesisFaults,
  type KinesisServer,
} from "./kinesis/server/index.ts";
export { bundleHandler } from "./lambda/bundle.ts";
export {
  childProcessFunction,
  FunctionError,
  type LogLine,
  type RecordFate,
} from "./lambda/hosts/index.ts";
export { MappingError, whyRefused } from "./lambda/mapping/error.ts";
export { validateSettings } from "./lambda/mapping/validation.ts";
export type { ConsumerOptions, HandlerReport } from "./lint/handler-report.ts";
export { reportHandler } from "./lint/report-handler.ts";
export * from "./plan/index.ts";
export type { HandlerReader } from "./reader/handler-reader.ts";
export type {
  ReadRecord,
  ReadState,
  ReadWindow,
  RecordToRead,
  StateToRead,
} from "./reader/reading.ts";
export * from "./run/index.ts";
export * from "./template/index.ts";
export type { DeclaredFunction, DeclaredMapping } from "./template/types.ts";
export { version } from "./version.ts";
