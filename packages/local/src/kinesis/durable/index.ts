/** Kinesis on disk: a log of what happened, safe before it is acknowledged. */
export { type DurableKinesis, openKinesis } from "./open.ts";
