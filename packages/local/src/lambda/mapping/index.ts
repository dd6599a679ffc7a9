/** Lambda's event source mapping for Kinesis, setting by setting. */

export type {
  FailureDestination,
  OnFailure,
} from "../../../../../src/mapping/failure-destination.ts";
export {
  type FailureDocument,
  s3ContentType,
} from "../../../../../src/mapping/failure-document.ts";
export type { MappingMetrics } from "../../../../../src/mapping/metrics.ts";
export type { MappingTiming } from "../../../../../src/mapping/timing.ts";
export type { TraceEntry } from "../../../../../src/mapping/trace.ts";
export type { FilterPattern } from "../../../../services/src/patterns/criteria.ts";
export type { LastProcessingResult, MappingDescription, MappingState } from "./describe.ts";
export { MappingError, type MappingErrorCode } from "./error.ts";
export { createEventSourceMapping } from "./mapping.ts";
export { type MappingRegistry, mappingRegistry } from "./registry.ts";
export { defaultSettings, type MappingSettings } from "./settings.ts";
export type { Mapping, MappingOptions } from "./types.ts";
export { type ValidationOptions, validateSettings } from "./validation.ts";
