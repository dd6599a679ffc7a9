import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^shardmill$/, replacement: source("src/index.ts") },
      { find: /^shardmill\/(\w+)$/, replacement: source("src/$1.ts") },
      { find: /^@shardmill\/local$/, replacement: source("packages/local/src/index.ts") },
      { find: /^@shardmill\/local\/rig$/, replacement: source("packages/local/src/rig.ts") },
    ],
  },
  test: {
    maxWorkers: "100%",
    include: ["test/**/*.test.ts"],
    // A slow machine is no failure: nothing is asserted about time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
