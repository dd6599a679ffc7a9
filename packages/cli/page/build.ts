/** Bundles the page: at the build of the package, and when the command runs from the repository. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const entry = fileURLToPath(new URL("./main.tsx", import.meta.url));

/** Resolves to its script and its style, each whole: the page loads nothing else. */
export async function buildPage(): Promise<{ readonly js: string; readonly css: string }> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    outdir: "page",
    write: false,
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const text = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
  return { js: text(".js"), css: text(".css") };
}
