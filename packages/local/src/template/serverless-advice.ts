/** What a person does about a service that `sls package` refuses: the framework names a place, and no cure. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { valuesFile } from "./values.ts";

/**
 * Lines to put behind what the framework said; none where that says it all. `sources`: the settings, and what
 * they include; `given`: options by their names.
 */
export function adviceOn(
  said: string,
  sources: readonly string[],
  given: Readonly<Record<string, unknown>>,
): readonly string[] {
  const [, wanted] = /does not satisfy the "frameworkVersion" \(([^)]+)\)/.exec(said) ?? [];
  if (wanted !== undefined) {
    const [major] = /\d+/.exec(wanted) ?? [];
    return [
      `Install the framework that the service is written for (npm install --save-dev serverless@${major}), or let it take this one: frameworkVersion: ">=${major}".`,
    ];
  }
  const missing = new Set(
    [...said.matchAll(/not found at "(\w+)" source/g)].map(([, source]) => source!),
  );
  const texts = sources
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, "utf8"));
  /** What stands behind `opt:` or `env:` in any of the settings, once. */
  const names = (source: string) => [
    ...new Set(
      texts.flatMap((text) =>
        [...text.matchAll(new RegExp(`\\b${source}:\\s*([\\w./-]+)`, "g"))].map(
          ([, name]) => name!,
        ),
      ),
    ),
  ];
  const options = names("opt").filter((name) => Object.hasOwn(examples, name));
  const lacking = options.filter((name) => given[name] === undefined);
  const others = names("opt").filter((name) => !options.includes(name));
  const variables = names("env").filter((name) => process.env[name] === undefined);
  const files = texts
    .flatMap((text) => [...text.matchAll(/\bfile\(\s*["']?([^)"'$,\s]+)/g)])
    .map(([, path]) => path!)
    .filter((path) => !existsSync(resolve(dirname(sources[0]!), path)));
  return [
    ...(missing.has("opt") || missing.has("self")
      ? lacking.map((name) => `Give --${name}, such as --${name} ${examples[name]}.`)
      : []),
    ...(missing.has("self") && options.length > 0 && lacking.length === 0
      ? [
          `The settings have nothing for ${options.map((name) => `--${name} ${given[name]}`).join(" and ")}: give another that they name.`,
        ]
      : []),
    ...(missing.has("opt")
      ? others.map((name) => `Write a value behind \${opt:${name}}: \${opt:${name}, "…"}.`)
      : []),
    ...(missing.has("param")
      ? names("param").map((name) => `Give --param ${name}=…, unless it has a value.`)
      : []),
    ...(missing.has("env") && variables.length > 0
      ? [`Set the variables of your environment that it takes: ${variables.join(", ")}.`]
      : []),
    ...(missing.has("file") && files.length > 0
      ? [
          `Write the files that it includes and that are not there: ${[...new Set(files)].join(", ")}.`,
        ]
      : []),
    ...(missing.has("ssm") ? [`Give the value in ${valuesFile}: {"ssm":{"/the/name":"…"}}`] : []),
    ...(missing.has("cf") ? [`Give the value in ${valuesFile}: {"cf":{"stack.Output":"…"}}`] : []),
  ];
}

const examples: Readonly<Record<string, string>> = { stage: "dev", region: "eu-west-1" };
