/** A project's folder, made for one test, and its template. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import {
  type ReadTemplateOptions,
  readTemplate,
  type Template,
} from "../../../packages/local/src/template/index.ts";

/** Writes the files, by their paths, and returns the folder; it is gone after the test. */
export function project(files: Readonly<Record<string, string | object>>): string {
  const folder = mkdtempSync(join(tmpdir(), "shop-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) write(folder, path, content);
  return folder;
}

export function write(folder: string, path: string, content: string | object): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
}

/** As if the file had been saved so many seconds from now. */
export function touch(folder: string, path: string, seconds: number): void {
  const at = Date.now() / 1000 + seconds;
  utimesSync(join(folder, path), at, at);
}

/** A template of CloudFormation, in YAML or as an object, beside a handler `a.handler`. */
export function read(
  template: string | object,
  options: ReadTemplateOptions = {},
): Promise<Template> {
  const cwd = project({ "template.yaml": template, "a.ts": "export const handler = () => {};" });
  return readTemplate({ cwd, ...options });
}

/** The resources of a stack with a function `Fn` that has these variables. */
export const withVariables = (Variables: Readonly<Record<string, unknown>>) => ({
  Fn: {
    Type: "AWS::Lambda::Function",
    Properties: { Handler: "a.handler", Runtime: "nodejs24.x", Environment: { Variables } },
  },
});

/** What a value in a template becomes: as a variable of a function, so it is a string. */
export async function resolved(
  value: unknown,
  { Resources, ...sections }: Readonly<Record<string, any>> = {},
  options: ReadTemplateOptions = {},
): Promise<string | undefined> {
  const template = { ...sections, Resources: { ...Resources, ...withVariables({ value }) } };
  const { functions } = await read(template, options);
  return functions[0]?.environment.value;
}
