/** Bundles a handler as it is deployed: one ES module, with the AWS SDK left to Lambda. */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
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
  /** The bundle: `<outdir>/<name of the entry>.mjs`, its source map beside it, and the files that its modules name by `new URL("./…", import.meta.url)`. Absolute. */
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
    const modules = Object.keys(metafile.inputs).map((input) => resolve(input));
    return { file: outfile, inputs: [...modules, ...copyNamed(modules, dirname(outfile))] };
  } catch (cause) {
    throw new Error(`Cannot bundle ${entry}:\n${complaints(cause as BuildFailure)}`, { cause });
  }
}

/** What stands beside a module of the project is found beside the bundle, where its URL points then. Gives the files that were copied. */
function copyNamed(modules: readonly string[], outdir: string): readonly string[] {
  const copied: string[] = [];
  for (const module of modules) {
    if (/[\\/]node_modules[\\/]/.test(module) || !existsSync(module)) continue;
    for (const [, name = ""] of readFileSync(module, "utf8").matchAll(urlOfFile)) {
      const file = resolve(dirname(module), name);
      if (!existsSync(file)) continue;
      mkdirSync(dirname(join(outdir, name)), { recursive: true });
      copyFileSync(file, join(outdir, name));
      copied.push(file);
    }
  }
  return copied;
}

const urlOfFile = /\bnew URL\(\s*["'](\.\/[\w./-]*\.\w+)["'],\s*import\.meta\.url\s*\)/g;

/** CommonJS dependencies call `require`, which an ES module does not have. */
const requireForCommonJs = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);`;

function complaints({ errors = [], message }: Partial<BuildFailure>): string {
  if (errors.length === 0) return `  ${message}`;
  const lines = errors.map(({ location, text }) =>
    location ? `  ${location.file}:${location.line}:${location.column + 1}: ${text}` : `  ${text}`,
  );
  const missing = errors.flatMap(({ text }) => packageOf.exec(text)?.[1] ?? []);
  const advice =
    missing.length > 0
      ? [`  Install what is missing, with npm install: ${[...new Set(missing)].join(", ")}`]
      : [];
  return [...lines, ...advice].join("\n");
}

/** Of a module that is not found: the package that it is of, where it is of one. */
const packageOf = /^Could not resolve "((?:@[^/"]+\/)?[^./"][^/"]*)/;
