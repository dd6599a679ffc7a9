/** The API of Kinesis Data Streams: one file an action, over the core. */
export type { Action, Api, EventStream, RecordPage, Result } from "./action.ts";
export { actions } from "./actions.ts";
export { nameOfStream, type StreamReference } from "./reference.ts";
export { subscriptions } from "./subscription.ts";
