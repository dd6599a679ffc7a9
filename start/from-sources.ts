/** The command takes `@shardmill/local` by its name, as it is installed; here it is the sources beside it. */
import { registerHooks } from "node:module";

const rig = new URL("../packages/local/src/rig.ts", import.meta.url).href;

registerHooks({
  resolve: (name, context, next) =>
    name === "@shardmill/local/rig" ? { url: rig, shortCircuit: true } : next(name, context),
});
