/** The API of Kinesis Data Streams: one file an action, over the core. */
export type { Action, Api, EventStream, Output, Result } from "./action.ts";
export { actions } from "./actions.ts";
export { cannotBe, isPlainMap, readInput, serialization, type ValueReaders } from "./read-input.ts";
export { subscriptions } from "./subscription.ts";
