/** Node.js' globals, for a browser: the bundle has them wherever a source names one. */
import { hash, isAscii, isUtf8 } from "./node.ts";

export { Buffer } from "./node.ts";

const builtin: Readonly<Record<string, object>> = {
  "node:buffer": { isAscii, isUtf8 },
  "node:crypto": { hash },
  "node:util": { inspect: String },
  "node:v8": {
    getHeapStatistics: () => ({ used_heap_size: 0, external_memory: 0, heap_size_limit: 1 }),
  },
};

export const process = {
  env: {},
  getBuiltinModule: (name: string) => builtin[name],
};

const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
port1.onmessage = () => waiting.shift()?.();

/** A timer of 0 ms is one of 4 ms in a browser, once some were nested. */
export function setImmediate(run: () => void): void {
  waiting.push(run);
  port2.postMessage(undefined);
}
