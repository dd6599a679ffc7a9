/** A handler on this machine, that records go back through. Loaded only where @shardmill/local is. */
import { randomUUID } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import { bundleHandler, childProcessFunction, FunctionError } from "@shardmill/local/rig";
import { bundleFolder } from "../project/bundle-folder.ts";
import { type FunctionTarget, InvocationError } from "./function-target.ts";

export interface LocalHandler {
  readonly file: string;
  readonly exportName: string;
  readonly timeoutSeconds: number;
  /** The function that writes the log, as `<region>:<account>:<name>`. */
  readonly writer: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly onLog: (line: string) => void;
}

/** A handler from its source, in a process of its own. */
export async function localHandler({
  file,
  exportName,
  timeoutSeconds,
  writer,
  environment,
  cwd,
  onLog,
}: LocalHandler): Promise<FunctionTarget> {
  await stat(file).catch((cause) => {
    throw new Error(`cannot read the handler ${file}: there is no such file.`, { cause });
  });
  const outdir = await bundleFolder(cwd);
  const remove = () => rm(outdir, { recursive: true, force: true });
  try {
    const bundle = await bundleHandler({ entry: file, outdir });
    const [region, accountId, functionName = "redrive"] = writer?.split(":") ?? [];
    const fn = childProcessFunction({
      ...{ functionName, file: bundle.file, handler: exportName, environment },
      ...(region && accountId ? { region, accountId } : {}),
      ...{ timeout: timeoutSeconds, memorySize: 1024 },
      onLog: ({ line }) => onLog(line),
    });
    return {
      name: file,
      functionName: writer && functionName,
      async invoke(event) {
        return fn.invoke(event, { awsRequestId: randomUUID() }).catch((cause) => {
          if (!(cause instanceof FunctionError)) throw cause;
          throw new InvocationError(`${cause.errorType}: ${cause.errorMessage}`, { cause });
        });
      },
      async close() {
        await fn.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
