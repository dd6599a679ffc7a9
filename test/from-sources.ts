/** The aliases where Node imports by itself, without Vite: once for each worker. */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { aliases } from "./aliases.ts";

/** Whoever watches has Vitest told of each import, so that it knows which tests a change concerns. That is a message to another process for each of them. */
const isWatching = process.env.VITEST_MODE !== "RUN";

registerHooks({
  resolve(name, context, next) {
    const alias = name.includes("shardmill") && aliases.find(({ find }) => find.test(name));
    if (alias) {
      const path = name.replace(alias.find, alias.replacement);
      return { url: pathToFileURL(path).href, shortCircuit: true };
    }
    const { parentURL } = context;
    if (!isWatching && isOwn(name) && parentURL && !parentURL.includes("/node_modules/")) {
      return { url: new URL(name, parentURL).href, shortCircuit: true };
    }
    return next(name, context);
  },
});

/** A source beside another one, named in full. */
const isOwn = (name: string) => /^\.\.?\/.*\.ts$/.test(name);
