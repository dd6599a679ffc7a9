/** What `testConsumer` loads of `@shardmill/local`, for a browser: the package itself has servers and files, too. */
export { createKinesis } from "../../packages/local/src/kinesis/index.ts";
export { inProcessFunction } from "../../packages/local/src/lambda/hosts/in-process.ts";
export { createEventSourceMapping } from "../../packages/local/src/lambda/mapping/mapping.ts";
export { seededRandom } from "../../src/time/random.ts";
export { virtualClock } from "../../src/time/virtual-clock.ts";
