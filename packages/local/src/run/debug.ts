/** Which functions wait for a debugger, and what is said of it. */
import { createInspector, type Inspector } from "../lambda/hosts/index.ts";
import { inspectorHost } from "../lambda/hosts/inspector.ts";
import { functionNamed } from "../template/function-named.ts";
import type { Template, TemplateFunction } from "../template/types.ts";

/** What is debugged. */
export interface DebugOptions {
  readonly port: number;
  /** A name of the one function. @default all of them */
  readonly functionName?: string | undefined;
  /** Told at once in a line: where a debugger is waited for, and of what none can be. */
  readonly say: (text: string) => void;
}

/** Functions that wait for a debugger, and have all the time that it takes. */
export interface Debug {
  readonly inspector: Inspector;
  readonly isDebugged: (fn: TemplateFunction) => boolean;
}

/** Throws where the template has no function of the name. */
export function debugging(template: Template, { port, functionName, say }: DebugOptions): Debug {
  const only = functionName === undefined ? undefined : functionNamed(template, functionName);
  const isDebugged = ({ logicalId }: TemplateFunction) =>
    only === undefined || logicalId === only.logicalId;
  for (const { name, source, runtime } of template.functions.filter(isDebugged)) {
    if ((source.kind ?? "nodejs") === "nodejs") continue;
    say(`${name} is ${runtime}: no debugger of Node.js opens on it. It has no timeout either.`);
  }
  const inspector = createInspector({
    firstPort: port,
    onWaiting: (name, at) =>
      say(`${name} waits for a debugger at ${inspectorHost}:${at}, and has no timeout meanwhile.`),
  });
  return { inspector, isDebugged };
}
