/** The hosts of a Lambda function, one shape for all: in this process, in threads, in processes. */
export { type ChildProcessSettings, childProcessFunction } from "./child-process.ts";
export { FunctionError, TooManyRequestsException } from "./errors.ts";
export type {
  EnvironmentEvent,
  EnvironmentState,
  FileFunctionSettings,
  FunctionSettings,
  LambdaFunction,
  LogLine,
  StopReason,
} from "./function.ts";
export { type InProcessSettings, inProcessFunction } from "./in-process.ts";
export {
  createInspector,
  type Inspector,
  type InspectorOptions,
  type InspectorPort,
} from "./inspector.ts";
export { type ProgramSettings, programFunction } from "./program.ts";
export type { CallElsewhere } from "./runtime/elsewhere.ts";
export type { FateOutcome, RecordFate, SettledRecords } from "./runtime/settled.ts";
export { workerThreadFunction } from "./worker-thread.ts";
