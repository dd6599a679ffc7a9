/** Reading a command line: what is wrong with it is a UsageError, and a mistyped option gets the near one. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { nearest } from "../../../../src/values/nearest.ts";
import { UsageError } from "./usage-error.ts";

interface CommandLine {
  readonly args: readonly string[];
  readonly options: ParseArgsOptionsConfig;
  readonly allowPositionals: boolean;
}

type Parsed<C extends CommandLine> = ReturnType<
  typeof parseArgs<{ options: C["options"]; allowPositionals: C["allowPositionals"] }>
>;

/** What `parseArgs` of Node.js gives. Throws UsageError. */
export function parseCommandLine<const C extends CommandLine>(commandLine: C): Parsed<C> {
  const { args, options, allowPositionals } = commandLine;
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals, tokens: true });
    for (const token of parsed.tokens) {
      // As `--table "$TABLE"` gives where nobody has set it.
      if (token.kind !== "option" || token.value !== "") continue;
      throw new UsageError(`${token.rawName} is empty: is a variable not set?`);
    }
    return parsed as unknown as Parsed<C>;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(whatIsWrong((error as Error).message, Object.keys(options)), {
      cause: error,
    });
  }
}

/** In place of what Node.js says of it. */
function whatIsWrong(message: string, options: readonly string[]): string {
  const [, unknown, name = ""] = /^Unknown option '(--?([^']+))'/.exec(message) ?? [];
  if (unknown !== undefined) {
    const near = nearest(name, options);
    return `there is no option ${unknown}.${near ? ` Did you mean --${near}?` : ""}`;
  }
  const [, empty] =
    /^Option '(?:-\w, )?(--[\w-]+)[^']*' argument (?:missing|is ambiguous)/.exec(message) ?? [];
  return empty === undefined
    ? message
    : `${empty} needs a value; one that begins with a dash is written ${empty}=-1.`;
}
