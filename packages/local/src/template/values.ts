/** Values that are known in the cloud only, given once in a file of the project. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { nearest } from "../../../../src/values/nearest.ts";
import { TemplateError } from "./error.ts";
import type { ReadTemplateOptions } from "./types.ts";

const sections = ["parameters", "imports", "ssm", "secretsmanager", "cf"] as const;
type Section = (typeof sections)[number];

export type TemplateValues = Readonly<Record<Section, Readonly<Record<string, string>>>> & {
  /** Absolute: the file, whether it is there or not. */
  readonly file: string;
  readonly isThere: boolean;
};

/** Where the values are looked for, if no other file is named. */
export const valuesFile = "shardmill.values.json";

/** Reads the file. Throws a `TemplateError`. */
export async function readValues({
  cwd = process.cwd(),
  values: given,
}: ReadTemplateOptions): Promise<TemplateValues> {
  const file = given === undefined ? join(resolve(cwd), valuesFile) : resolve(cwd, given);
  const fail = (message: string, cause?: unknown): never => {
    throw new TemplateError(message, { place: { file }, cause });
  };
  const isThere = existsSync(file);
  if (!isThere && given !== undefined) fail("There is no such file.");
  const written: unknown = isThere
    ? await readFile(file, "utf8")
        .then(JSON.parse)
        .catch((cause) => fail(`It cannot be read: ${cause.message}`, cause))
    : {};
  if (!isMap(written)) return fail("It is an object.");
  for (const [section, members] of Object.entries(written)) {
    if (!(sections as readonly string[]).includes(section)) {
      const near = nearest(section, sections);
      const hint = near ? `Did you mean ${near}?` : `There is ${sections.join(", ")}.`;
      fail(`It has a section ${section}. ${hint}`);
    }
    if (!isMap(members)) return fail(`${section} is an object of names and values.`);
    for (const [name, value] of Object.entries(members)) {
      if (!/^(string|number|boolean)$/.test(typeof value)) fail(`${section}.${name} is a text.`);
    }
  }
  const texts = (section: Section) =>
    Object.fromEntries(
      Object.entries((written[section] ?? {}) as object).map(([name, value]) => [name, `${value}`]),
    );
  return {
    file,
    isThere,
    ...(Object.fromEntries(sections.map((name) => [name, texts(name)])) as Record<
      Section,
      Record<string, string>
    >),
  };
}

/** `{{resolve:ssm:/orders/arn:1}}` and its siblings: what the file says for it. */
export function dynamicReference(
  reference: string,
  { ssm, secretsmanager }: Pick<TemplateValues, "ssm" | "secretsmanager">,
): { readonly value: string } | { readonly advice: string } {
  const [, service = "", rest = ""] = /^\{\{resolve:([\w-]+):(.*)\}\}$/s.exec(reference) ?? [];
  const advise = (section: Section, name: string) => ({
    advice: `Give its value in ${valuesFile}: ${JSON.stringify({ [section]: { [name]: "…" } })}`,
  });
  if (service.startsWith("ssm")) {
    const name = rest.replace(/:\d+$/, "");
    const value = ssm[name];
    return value === undefined ? advise("ssm", name) : { value };
  }
  const [id = "", key = ""] = rest.split(/:SecretString:?/);
  const secret = secretsmanager[rest] ?? secretsmanager[id];
  const field = key.split(":")[0]!;
  if (secret === undefined) return advise("secretsmanager", id);
  if (field === "" || secretsmanager[rest] !== undefined) return { value: secret };
  try {
    const value = JSON.parse(secret)[field];
    if (value !== undefined) return { value: String(value) };
  } catch {
    // It is no JSON: then it has no members.
  }
  return { advice: `The secret ${id} in ${valuesFile} is no JSON with a member ${field}.` };
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
