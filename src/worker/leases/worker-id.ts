/**
 * The id of a worker as the lease table shows it. Its end says that the worker is one of ours: it can be asked for a lease, where
 * one of KCL 2 can only be robbed of it. No id is ever used twice, so a lease under it was taken in this worker's life.
 */
import { hostname } from "node:os";
import { type Random, randomHex } from "../../time/random.ts";

const mark = ":shardmill";

export const workerIdOf = (name: string | undefined, random: Random) =>
  `${name ?? hostname()}:${randomHex(random, 12)}${mark}`;

/** Whether a worker of shardmill has this id. */
export const isOurs = (workerId: string | undefined) => workerId?.endsWith(mark) ?? false;
