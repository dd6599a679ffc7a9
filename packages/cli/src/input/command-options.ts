/** The options of every command that reads records from files. */

import { nearest } from "../../../../src/values/nearest.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { encodingNamed } from "./encoding.ts";
import { type InputFormat, inputFormats } from "./index.ts";

/** For `parseArgs`. */
export const inputOptions = {
  format: { type: "string" },
  encoding: { type: "string" },
  each: { type: "string" },
} as const;

/** For manual pages. */
export const inputOptionsHelp = `  --format NAME         The format of all files. Default: what is recognised.
  --encoding NAME       What the files are written in: latin1, utf-16le, shift_jis, or any other name of
                        https://encoding.spec.whatwg.org. Default: what their byte order mark says, or
                        UTF-8, and what is not UTF-8 is refused.
  --each PATH           Of JSON: the list in it of which each element is a record, such as Records of a
                        log file of CloudTrail, or detail.items.
`;

export interface InputSettings {
  readonly format: InputFormat | undefined;
  readonly encoding: string | undefined;
  readonly each: string | undefined;
}

/** Throws UsageError. */
export function inputSettings(values: {
  readonly format?: string | undefined;
  readonly encoding?: string | undefined;
  readonly each?: string | undefined;
}): InputSettings {
  const format = formatNamed(values.format);
  const { each } = values;
  if (each?.split(".").includes("")) {
    throw new UsageError(`--each takes a member or a path, not "${each}".`);
  }
  if (each !== undefined && format !== undefined && format !== "json" && format !== "ndjson") {
    throw new UsageError(`--each belongs to JSON, not to --format ${format}.`);
  }
  return { format, encoding: encodingNamed(values.encoding), each };
}

function formatNamed(name: string | undefined): InputFormat | undefined {
  if (name === undefined) return undefined;
  const format = inputFormats.find((one) => one === name);
  if (format) return format;
  const near = nearest(name, inputFormats);
  const hint = near ? `Did you mean ${near}?` : `It takes ${inputFormats.join(", ")}.`;
  throw new UsageError(`--format: there is no format "${name}". ${hint}`);
}
