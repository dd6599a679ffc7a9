/**
 * A plugin of the Serverless Framework: bundles each handler before it is packaged, as
 * `shardmill dev` bundles it before it runs. `build/handlers/a.handler` is made from
 * `handlers/a.ts`. Plain JavaScript, because the framework may run on a Node without TypeScript.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const output = "build";
const extensions = [".ts", ".mts", ".js", ".mjs"];

export default class BundleHandlers {
  constructor(serverless) {
    const bundle = () => bundleHandlers(serverless);
    this.hooks = {
      "before:package:createDeploymentArtifacts": bundle,
      "before:package:function:package": bundle,
    };
  }
}

async function bundleHandlers({ service, serviceDir }) {
  const modules = Object.values(service.functions)
    // A function that is an image has none.
    .map(({ handler = "" }) => handler.slice(0, Math.max(0, handler.lastIndexOf("."))))
    .filter((module) => module.startsWith(`${output}/`))
    .map((module) => module.slice(output.length + 1));
  const { metafile } = await build({
    absWorkingDir: serviceDir,
    entryPoints: modules.map((module) => ({ in: sourceOf(module, serviceDir), out: module })),
    outdir: join(serviceDir, output),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    keepNames: true,
    platform: "node",
    target: "node22",
    format: "esm",
    // Lambda's runtime brings the SDK.
    external: ["@aws-sdk/*"],
    // CommonJS dependencies call require, which an ES module does not have.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    sourcemap: true,
    metafile: true,
    // What is wrong is thrown.
    logLevel: "silent",
  });
  for (const [bundle, { inputs }] of Object.entries(metafile.outputs))
    copyNamed(Object.keys(inputs), dirname(bundle), serviceDir);
}

/** What a module of the service names by `new URL("./…", import.meta.url)` stands beside the bundle, too. */
function copyNamed(modules, folder, serviceDir) {
  for (const module of modules) {
    const source = join(serviceDir, module);
    if (module.includes("node_modules/") || !existsSync(source)) continue;
    for (const [, name] of readFileSync(source, "utf8").matchAll(urlOfFile)) {
      const from = join(dirname(source), name);
      const to = join(serviceDir, folder, name);
      if (!existsSync(from)) continue;
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(from, to);
    }
  }
}

const urlOfFile = /\bnew URL\(\s*["'](\.\/[\w./-]*\.\w+)["'],\s*import\.meta\.url\s*\)/g;

function sourceOf(module, serviceDir) {
  const found = extensions.find((extension) => existsSync(join(serviceDir, module + extension)));
  if (found) return module + found;
  throw new Error(
    `The handler ${output}/${module} is made from ${module}${extensions.join(", or ")}, and none of them is there.`,
  );
}
