/** A worker in a process of its own, which says how many user records a batch had. Arguments: the stream, and which worker it is. */
import { bytes, kinesisConsumer } from "../../src/index.ts";
import { simdDeaggregator } from "../../src/kpl.ts";
import { runWorker } from "../../src/worker.ts";

const [stream = "", workerId = ""] = process.argv.slice(2);
let count = 0;
const consumer = kinesisConsumer({
  consumer: "bench",
  decode: bytes(),
  deaggregator: simdDeaggregator(),
  metrics: false,
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
  process() {
    count++;
  },
});
const worker = runWorker(
  async (event, context) => {
    count = 0;
    const answer = await consumer(event, context);
    console.log(`batch ${count}`);
    return answer;
  },
  { application: `ours-${stream}`, stream, workerId, batch: { size: 1000 } },
);
process.once("SIGTERM", () => worker.stop());
await worker.ready;
console.log("ready");
await worker.done;
