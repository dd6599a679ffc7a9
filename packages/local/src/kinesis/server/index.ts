/** Kinesis as a server. */
export type { Certificate } from "./connections.ts";
export type { Fault, Faults } from "./faults.ts";
export { createKinesisServer, type KinesisServer, type KinesisServerOptions } from "./server.ts";
