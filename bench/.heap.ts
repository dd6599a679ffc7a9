import { mappingTurns } from "./mapping.ts";

const n = Number(process.argv[2] ?? 200000);
const gcNow = () => {
  (globalThis as any).gc();
  const m = process.memoryUsage();
  return `heap ${(m.heapUsed / n).toFixed(0)} B/rec, external ${(m.external / n).toFixed(0)}, buffers ${(m.arrayBuffers / n).toFixed(0)}`;
};
const { through, fed } = mappingTurns(n);
console.log("after put", gcNow());
await through();
console.log("after through", gcNow());
await fed();
console.log("after fed", gcNow());
await through();
console.log("after through", gcNow());
