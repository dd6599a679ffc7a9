/** The API of Kinesis Data Streams: one file an action, over the core. */
export type { Action, Api, EventStream, Result } from "./action.ts";
export { actions } from "./actions.ts";
export { subscriptions } from "./subscription.ts";
