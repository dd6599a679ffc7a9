/** The files of the site with its scripts: what is written, and what is served to a test's browser. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import type { Files } from "./links.ts";
import { scripts, siteOf } from "./site.ts";

const root = join(import.meta.dirname, "..");

/** Where TypeDoc writes the reference: typedoc.json. Who has not made it gets a site without. */
const api = "docs/api";

/** In a browser's place of Node.js: what a script needs of it, and no more; anything else fails the build. */
const node = join(root, "site/browser/node.ts");
const alias = {
  ...Object.fromEntries(
    ["buffer", "crypto", "http", "net", "timers", "url"].map((name) => [`node:${name}`, node]),
  ),
  ieee754: join(root, "site/browser/floats.ts"),
  "@shardmill/local": join(root, "site/browser/local.ts"),
};

/** Scripts that any page can load, also one that was opened as a file: those may not be modules. */
export async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    alias,
    inject: [join(root, "site/browser/globals.ts")],
    // Of code that is left out, or not reached.
    external: ["@aws-sdk/*", "node:zlib"],
    jsx: "automatic",
    jsxImportSource: "preact",
    write: false,
    legalComments: "none",
  });
  return outputFiles[0]!.text;
}

export async function buildSite(): Promise<Files> {
  const files = new Map(siteOf(root, existsSync(join(root, api)) ? { api } : {}));
  for (const [path, entry] of Object.entries(scripts)) files.set(path, await bundled(entry));
  return files;
}

export function writeSite(files: Files, folder: string): void {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
