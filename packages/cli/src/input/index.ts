/** Reading what commands are given: see `readInput`. */

export { type FailedBatch, failedBatch, isFailureDocument } from "./failure-document.ts";
export { type InputFormat, inputFormats, inputFormatsHelp } from "./formats.ts";
export { eventRecords, isLambdaEvent } from "./lambda-event.ts";
export type { StartAt } from "./lines.ts";
export { type OpenedInput, openInput, readText, textOf } from "./open-input.ts";
export type { Input, Layout, ReadInputOptions } from "./options.ts";
export { readInput } from "./read-input.ts";
export { InputError, type InputRecord, type Source } from "./record.ts";
export { type RecordedRecord, recordedLine } from "./recorded.ts";
