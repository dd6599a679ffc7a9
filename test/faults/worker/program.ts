/** What a day of a fleet runs: a mutation brings a copy of it in which some lines read otherwise. */
export { kinesisConsumer, memoryProgress } from "../../../src/index.ts";
export { fanOut, memoryLeases, runWorker, type Worker } from "../../../src/worker.ts";
