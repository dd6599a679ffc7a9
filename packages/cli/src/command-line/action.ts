import { UsageError } from "./usage-error.ts";

/**
 * Takes the first argument, which says what the command does, from those behind it. Undefined where help is asked for: then `rest`
 * asks for nothing else. Throws UsageError.
 */
export function takeAction<Action extends string>(
  args: readonly string[],
  actions: readonly [Action, ...Action[]],
): { readonly action: Action | undefined; readonly rest: readonly string[] } {
  if (args.includes("--help") || args.includes("-h"))
    return { action: undefined, rest: ["--help"] };
  const [given, ...rest] = args;
  const action = actions.find((action) => action === given);
  if (action) return { action, rest };
  const isOne = actions.length === 1;
  throw new UsageError(
    given === undefined
      ? `say ${actions.join(" or ")}.`
      : `"${given}" is ${isOne ? "not" : "neither"} ${actions.join(" nor ")}.`,
  );
}
