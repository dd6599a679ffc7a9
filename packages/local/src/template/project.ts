/** Finds the project in a folder, or the one that a template belongs to, and opens it. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { openCdk } from "./cdk.ts";
import { openCloudFormation } from "./cloudformation.ts";
import { readDocument } from "./document.ts";
import { TemplateError } from "./error.ts";
import type { Project } from "./opened.ts";
import { openServerless, serverlessFiles } from "./serverless.ts";
import { hasTerraform, howToShow, openTerraform, planFiles } from "./terraform/open.ts";
import { isStateFile, isTerraform } from "./terraform/plan.ts";
import type { ReadTemplateOptions } from "./types.ts";
import type { TemplateValues } from "./values.ts";

const templateNames = ["template.yaml", "template.yml", "template.json"];

/** Opens the project in a folder, or the one that a template belongs to. */
export async function openProject(
  options: ReadTemplateOptions,
  values: TemplateValues,
): Promise<Project> {
  const cwd = resolve(options.cwd ?? process.cwd());
  if (options.file !== undefined) return openFile(resolve(cwd, options.file), cwd, options, values);

  const serverless = serverlessFiles.find((name) => existsSync(join(cwd, name)));
  if (serverless) return openServerless(join(cwd, serverless), options, values);
  if (existsSync(join(cwd, "cdk.json")) || existsSync(join(cwd, "cdk.out"))) {
    return openCdk(join(cwd, "cdk.out"), options);
  }
  const template = templateNames.find((name) => existsSync(join(cwd, name)));
  if (template) return openCloudFormation(join(cwd, template), cwd, options);
  const plan = planFiles.find((name) => existsSync(join(cwd, name)));
  if (plan) return openFile(join(cwd, plan), cwd, options, values);
  if (hasTerraform(cwd)) throw unplanned(cwd);
  const near = templatesNear(cwd).slice(0, 3);
  const advice =
    near.length > 0
      ? `Is it ${near.join(" or ")}? Then say so: --template ${near[0]}.`
      : "Give one with --template, or begin with one: npx shardmill init.";
  throw new TemplateError(
    `There is no template in ${cwd}: neither serverless.yml, nor cdk.json, nor ${templateNames.join(" or ")}. ${advice}`,
  );
}

async function openFile(
  file: string,
  cwd: string,
  options: ReadTemplateOptions,
  values: TemplateValues,
): Promise<Project> {
  if (!existsSync(file)) throw new TemplateError("There is no such file.", { place: { file } });
  if (serverlessFiles.includes(basename(file))) return openServerless(file, options, values);
  if (statSync(file).isDirectory()) {
    if (existsSync(join(file, "manifest.json"))) return openCdk(file, options);
    if (hasTerraform(file)) throw unplanned(file);
    throw new TemplateError("This is a folder, and no output of cdk synth.", { place: { file } });
  }
  if (existsSync(join(dirname(file), "manifest.json"))) {
    return openCdk(dirname(file), options, basename(file));
  }
  if (existsSync(join(dirname(file), "serverless-state.json"))) {
    const [source] = [dirname(dirname(file)), cwd]
      .flatMap((root) => serverlessFiles.map((name) => join(root, name)))
      .filter((path) => existsSync(path));
    if (source) return openServerless(source, options, values, file);
  }
  if (/^\.(tf|tofu|tfstate)$/.test(extname(file)) || (await isArchive(file))) throw unplanned(file);
  if (/^serverless\b.*\.[cm]?[jt]s$/.test(basename(file))) {
    return openServerless(file, options, values);
  }
  const document = await readDocument(file);
  if (isService(document.value)) return openServerless(file, options, values);
  if (extname(file) === ".json") {
    if (isTerraform(document.value)) return openTerraform(document, cwd);
    if (isStateFile(document.value)) throw unplanned(file);
  }
  return openCloudFormation(file, cwd, options);
}

/** Settings of the Serverless Framework, which may have any name: `sls package --config`. */
const isService = (value: any) =>
  value?.service !== undefined && value.provider !== undefined && value.Resources === undefined;

/** Files near that look like a template under another name, relative to the folder. */
function templatesNear(cwd: string): string[] {
  const files = (folder: string) =>
    readdirSync(join(cwd, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() && /\.(ya?ml|json|template)$/.test(entry.name)
        ? [join(folder, entry.name)]
        : [],
    );
  const folders = readdirSync(cwd, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name))
    .map(({ name }) => name);
  return ["", ...folders].flatMap(files).filter((path) => {
    if (statSync(join(cwd, path)).size > 1024 * 1024) return false;
    const text = readFileSync(join(cwd, path), "utf8");
    return /^\s*"?Resources"?:/m.test(text) || serverlessFiles.includes(basename(path));
  });
}

/** Terraform works out its values itself, so what it says of them is read. */
const unplanned = (file: string) =>
  new TemplateError(
    `This is Terraform's own, and its plan is read from here as JSON: ${howToShow}, then --template tfplan.json.`,
    { place: { file } },
  );

/** Terraform keeps a plan in a zip. */
async function isArchive(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString("latin1") === "PK";
  } finally {
    await handle.close();
  }
}
