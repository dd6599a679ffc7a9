/** The code of a function: bundled from its sources, and again whenever one of them is saved. */
import { rm } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { BuildFailure } from "esbuild";
import { bundleHandler } from "../lambda/bundle.ts";
import type { FunctionSource } from "../template/types.ts";
import type { BuiltCode } from "./built-code.ts";
import { watchFiles } from "./file-watch.ts";
import { javaCode } from "./java/code.ts";
import { pythonCode } from "./python/code.ts";
import type { PythonOptions } from "./python/environment.ts";

/**
 * Bundles a handler of Node.js into `outdir`; what a tool has built runs as it is, and so do Python, Java
 * and programs. Throws what is wrong, with file and line.
 */
export async function buildHandler(
  source: FunctionSource,
  outdir: string,
  python: PythonOptions = { folder: join(source.taskRoot, ".shardmill", "python") },
): Promise<BuiltCode> {
  const { exportName: handler, taskRoot } = source;
  if (source.kind === "python") return pythonCode(source, python);
  if (source.kind === "java") {
    const { folder, log } = python;
    return javaCode(source, { folder: join(dirname(folder), "java"), ...(log && { log }) });
  }
  if (source.kind === "custom") {
    const program = { command: source.file, args: [], variables: {} };
    return { file: source.file, handler, taskRoot, program, inputs: [source.file] };
  }
  if (source.isBuilt) return { file: source.file, handler, taskRoot, inputs: [source.file] };
  const { file, inputs } = await bundleHandler({ entry: source.file, outdir });
  return { file, handler, taskRoot, inputs };
}

export interface WatchedHandler {
  /** Resolves when the first build is done, broken or not. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly source: FunctionSource;
  /** Where the bundles go, each into a folder of its own. */
  readonly outdir: string;
  /** How functions in Python get theirs. */
  readonly python?: PythonOptions | undefined;
  /** `saved`: the files that were changed; none at the first time. */
  readonly onBuilt: (code: BuiltCode, saved: readonly string[]) => void;
  /** The code cannot be built. What runs so far runs on. */
  readonly onBroken: (error: Error) => void;
  /** Saves in some folder are not seen. */
  readonly onUnwatched: (error: Error) => void;
}

/** How many bundles are kept: environments that are about to start may still read the last but one. */
const kept = 2;

/** Builds the handler, and builds it again at each save until it is closed. */
export function watchHandler({
  source,
  outdir,
  python,
  onBuilt,
  onBroken,
  onUnwatched,
}: WatchOptions): WatchedHandler {
  let builds = 0;
  let building: Promise<void> | undefined;
  let saved: string[] = [];
  let isStale = false;
  let inputs: readonly string[] = [source.file];
  let isClosed = false;

  const files = watchFiles((changed) => {
    saved.push(...changed);
    isStale = true;
    building ??= build();
  }, onUnwatched);

  async function build(): Promise<void> {
    do {
      isStale = false;
      const because = saved;
      saved = [];
      const began = Date.now();
      try {
        const code = await buildHandler(source, join(outdir, String(++builds)), python);
        if (isClosed) return;
        inputs = code.inputs;
        files.set(inputs.filter(isOwn), began);
        onBuilt(code, because);
      } catch (error) {
        if (isClosed) return;
        inputs = [...new Set([...inputs, ...filesIn(error)])];
        files.set(inputs.filter(isOwn), began);
        files.anyNew();
        onBroken(error as Error);
      }
      await rm(join(outdir, String(builds - kept)), { recursive: true, force: true });
    } while (isStale && !isClosed);
    building = undefined;
  }

  building = build();
  return {
    ready: building,
    async close() {
      isClosed = true;
      files.close();
      await building;
    },
  };
}

/** Where esbuild says that something is wrong: perhaps a file that was never part of a build. */
function filesIn(error: unknown): string[] {
  const { errors = [] } = ((error as Error).cause ?? {}) as Partial<BuildFailure>;
  return errors.flatMap(({ location }) => (location ? resolve(location.file) : []));
}

/** Dependencies are not edited. */
const isOwn = (file: string) => !file.includes(`${sep}node_modules${sep}`);
