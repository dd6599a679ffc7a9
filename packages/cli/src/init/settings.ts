/** The command line of `shardmill init`, read and checked. */
import { nearest } from "../../../../src/values/nearest.ts";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { type Kind, kinds } from "./kinds.ts";

export interface InitSettings {
  readonly help: boolean;
  /** Nothing is asked. */
  readonly yes: boolean;
  readonly folder: string;
  readonly kind: Kind | undefined;
  readonly name: string | undefined;
}

/** Throws UsageError. */
export function initSettings(args: readonly string[]): InitSettings {
  const { values, positionals } = parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      kind: { type: "string" },
      name: { type: "string" },
      yes: { type: "boolean", short: "y", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [folder = ".", ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one folder, not ${more[0]} too.`);
  return {
    ...{ help: values.help, yes: values.yes, folder },
    kind: values.kind === undefined ? undefined : kindNamed(values.kind),
    name: values.name === undefined ? undefined : checkedName(values.name),
  };
}

/** By its name, or by its number in the list. Throws UsageError. */
export function kindNamed(word: string): Kind {
  const found = kinds.find(({ name }, index) => word === name || word === String(index + 1));
  if (found) return found;
  const names = kinds.map(({ name }) => name);
  const near = nearest(word, names);
  throw new UsageError(
    `there is no kind ${word}. ${near ? `Did you mean ${near}?` : `There is ${names.join(", ")}.`}`,
  );
}

/** What a stack, a service and an npm package may all be called. Throws UsageError. */
export function checkedName(name: string): string {
  if (/^[a-z][a-z0-9-]{0,59}$/.test(name)) return name;
  throw new UsageError(
    `a project's name has small letters, digits and hyphens, begins with a letter and is no longer than 60: not ${name}.`,
  );
}

/** The folder's, as far as it may be one. */
export function nameFrom(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 60);
  return name.replace(/-$/, "") || "orders";
}
