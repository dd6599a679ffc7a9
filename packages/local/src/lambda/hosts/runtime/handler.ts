/** Finds the handler in the function's module, and says what is wrong as Lambda does. */
import { pathToFileURL } from "node:url";
import { namedError } from "./payload.ts";

export type Handler = (event: unknown, context: unknown) => unknown;

/** Loads the module (ESM or CommonJS, awaiting its top level) and returns the export `name`. */
export async function loadHandler(file: string, name: string): Promise<Handler> {
  const module = await load(file);
  const handler = find(module, name) ?? find(module.default, name);
  if (handler === undefined) {
    const names = Object.keys({ ...module, ...(module.default as object) });
    // Node.js adds `default` and `module.exports` to what CommonJS exports.
    const known = names.filter((one) => !/^default$|\./.test(one)).join(", ") || "nothing";
    throw namedError(
      "Runtime.HandlerNotFound",
      `${name} is undefined or not exported in ${file}, which exports ${known}`,
    );
  }
  if (typeof handler !== "function") {
    throw namedError("Runtime.HandlerNotFound", `${name} in ${file} is not a function`);
  }
  refuseCallback(handler as Handler, name);
  return handler as Handler;
}

/**
 * Lambda has no callback handlers from Node.js 24 on, and tells them, as here, by their third
 * parameter. They are refused on every version, so that none is written against an older one.
 */
export function refuseCallback(handler: { readonly length: number }, name: string): void {
  if (handler.length < 3) return;
  throw namedError(
    "Runtime.CallbackHandlerDeprecated",
    `Handler ${name} takes a third parameter, a callback: Lambda has none from Node.js 24 on. ` +
      "Return a value or a promise, and leave the parameter out.",
  );
}

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw relabelled("Runtime.UserCodeSyntaxError", error);
    const code = (error as { code?: unknown } | undefined)?.code;
    if (error instanceof Error && missing.has(code)) {
      const [, name] = /^Cannot find \w+ '(@aws-sdk\/[\w-]+)/.exec(error.message) ?? [];
      const advice = name && `Lambda has ${name}, and this project has not: npm i -D ${name}`;
      throw relabelled("Runtime.ImportModuleError", error, advice);
    }
    throw error;
  }
}

const missing = new Set<unknown>(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

/** The same error under the name that Lambda gives it; its stack still shows the place. */
function relabelled(name: string, error: Error, advice?: string): Error {
  const told = advice ? [advice] : [];
  const renamed = namedError(name, [String(error), ...told].join("\n"), { cause: error });
  if (error.stack) renamed.stack = [error.stack, ...told].join("\n");
  return renamed;
}

function find(module: unknown, name: string): unknown {
  return name
    .split(".")
    .reduce<unknown>(
      (found, key) =>
        typeof found === "object" && found !== null
          ? (found as Record<string, unknown>)[key]
          : undefined,
      module,
    );
}
