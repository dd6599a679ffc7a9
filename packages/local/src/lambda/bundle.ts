/** Bundles a handler as it is deployed: one ES module, with the AWS SDK left to Lambda. */
import { basename, extname, join, resolve } from "node:path";
import { type BuildFailure, build } from "esbuild";

/** What `bundleHandler` takes. */
export interface BundleOptions {
  /** The handler's file, TypeScript or JavaScript. */
  readonly entry: string;
  /**
   * Where the bundle goes. Inside the project, so that what is left external is found in its
   * `node_modules`.
   */
  readonly outdir: string;
  /** Packages to leave out, with `*` for any part of a name. @default ["@aws-sdk/*"] */
  readonly external?: readonly string[];
}

/** A handler that was bundled. */
export interface Bundle {
  /** The bundle: `<outdir>/<name of the entry>.mjs`, its source map beside it. Absolute. */
  readonly file: string;
  /** All files that went into it. Absolute: what to watch for changes. */
  readonly inputs: readonly string[];
}

/**
 * Bundles the handler for Node.js 22 and later. The `paths` of the nearest `tsconfig.json` apply.
 * Throws an `Error` that lists file, line and column of everything that is wrong.
 *
 * @example
 * const { file } = await bundleHandler({ entry: "handlers/departures.ts", outdir: ".shardmill" });
 * const fn = childProcessFunction({ functionName: "departures", file });
 */
export async function bundleHandler({
  entry,
  outdir,
  external = ["@aws-sdk/*"],
}: BundleOptions): Promise<Bundle> {
  const outfile = join(resolve(outdir), `${basename(entry, extname(entry))}.mjs`);
  try {
    const { metafile } = await build({
      entryPoints: [resolve(entry)],
      outfile,
      bundle: true,
      platform: "node",
      target: "node22",
      format: "esm",
      external: [...external],
      banner: { js: requireForCommonJs },
      sourcemap: true,
      metafile: true,
      logLevel: "silent",
    });
    return { file: outfile, inputs: Object.keys(metafile.inputs).map((input) => resolve(input)) };
  } catch (cause) {
    throw new Error(`Cannot bundle ${entry}:\n${complaints(cause as BuildFailure)}`, { cause });
  }
}

/** CommonJS dependencies call `require`, which an ES module does not have. */
const requireForCommonJs = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);`;

function complaints({ errors = [], message }: Partial<BuildFailure>): string {
  if (errors.length === 0) return `  ${message}`;
  return errors
    .map(({ location, text }) =>
      location
        ? `  ${location.file}:${location.line}:${location.column + 1}: ${text}`
        : `  ${text}`,
    )
    .join("\n");
}
