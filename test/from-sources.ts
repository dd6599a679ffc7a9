/** The aliases where Node imports by itself, without Vite: once for each worker. */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { aliases } from "./aliases.ts";

registerHooks({
  resolve(name, context, next) {
    const alias = name.includes("shardmill") && aliases.find(({ find }) => find.test(name));
    if (!alias) return next(name, context);
    const path = name.replace(alias.find, alias.replacement);
    return { url: pathToFileURL(path).href, shortCircuit: true };
  },
});
