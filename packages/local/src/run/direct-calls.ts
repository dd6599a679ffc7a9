/** Invocations that come through Lambda's API, and no mapping. */
import type { LogLine } from "../lambda/hosts/index.ts";
import type { MachineEvent } from "./events.ts";
import type { LambdaApiOptions } from "./lambda-api.ts";
import type { ReloadableFunction } from "./reloadable-function.ts";

/** The lines of invocations whose log is asked for. */
export interface RequestLogs {
  /** Keeps the lines of a request from now on, until they are taken. */
  keep(requestId: string): void;
  take(requestId: string): string;
  add(line: LogLine): void;
}

export function requestLogs(): RequestLogs {
  const kept = new Map<string, string[]>();
  return {
    keep: (requestId) => void kept.set(requestId, []),
    take(requestId) {
      const lines = kept.get(requestId) ?? [];
      kept.delete(requestId);
      return lines.map((line) => `${line}\n`).join("");
    },
    add({ requestId, line }) {
      if (requestId !== undefined) kept.get(requestId)?.push(line);
    },
  };
}

/** What the API is served with. */
export function directCalls({
  functions,
  logs,
  tell,
}: {
  /** By logical id. */
  readonly functions: ReadonlyMap<string, ReloadableFunction>;
  readonly logs: RequestLogs;
  readonly tell: (event: MachineEvent) => void;
}): Pick<LambdaApiOptions, "invoke" | "logOf" | "onLost"> {
  return {
    async invoke({ name, logicalId }, event, awsRequestId) {
      const at = Date.now();
      const ended = (error?: unknown) => {
        const duration = Date.now() - at;
        const failed = error === undefined ? {} : { error };
        tell({ type: "invocation", functionName: name, at, duration, ...failed });
      };
      logs.keep(awsRequestId);
      try {
        const response = await functions.get(logicalId)!.invoke(event, { awsRequestId });
        ended();
        return response;
      } catch (error) {
        ended(error);
        throw error;
      }
    },
    logOf: logs.take,
    onLost: ({ name }, error) =>
      tell({
        type: "note",
        text: `${name} was invoked asynchronously and failed: ${(error as Error).message}. Lambda would try twice more, and this machine does not.`,
      }),
  };
}
