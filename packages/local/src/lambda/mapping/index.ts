/** Lambda's event source mapping for Kinesis, setting by setting. */

export type { FilterPattern } from "../../../../services/src/patterns/criteria.ts";
export type { LastProcessingResult, MappingDescription, MappingState } from "./describe.ts";
export { MappingError, type MappingErrorCode } from "./error.ts";
export type { FailureDestination, OnFailure } from "./failure-destination.ts";
export { type FailureDocument, s3ContentType } from "./failure-document.ts";
export { createEventSourceMapping } from "./mapping.ts";
export type { MappingMetrics } from "./metrics.ts";
export { type MappingRegistry, mappingRegistry } from "./registry.ts";
export { defaultSettings, type MappingSettings } from "./settings.ts";
export type { MappingTiming } from "./timing.ts";
export type { TraceEntry } from "./trace.ts";
export type { Mapping, MappingOptions } from "./types.ts";
export { type ValidationOptions, validateSettings } from "./validation.ts";
