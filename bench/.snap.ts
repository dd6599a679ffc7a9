import { writeHeapSnapshot } from "node:v8";
import { mappingTurns } from "./mapping.ts";

const n = 20000;
const { through } = mappingTurns(n);
await through();
await through();
await through();
(globalThis as any).gc();
writeHeapSnapshot("/tmp/snap.heapsnapshot");
