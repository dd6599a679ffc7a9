#!/usr/bin/env node
// In the repository the command runs from its source, elsewhere as it was built.
import { existsSync } from "node:fs";

if (Number.parseInt(process.versions.node, 10) < 22) {
  console.error(
    `shardmill needs Node 22 or newer, and this is ${process.versions.node}. Where the machine keeps its own: npm install --save-dev node@24, and npx shardmill runs on that.`,
  );
  process.exit(1);
}
const source = new URL("../src/main.ts", import.meta.url);
if (existsSync(source)) {
  const { registerHooks } = await import("node:module");
  const rig = new URL("../../local/src/rig.ts", import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "@shardmill/local/rig"
        ? { url: rig, shortCircuit: true }
        : next(specifier, context),
  });
  await import(source);
} else {
  await import("../dist/main.js");
}
