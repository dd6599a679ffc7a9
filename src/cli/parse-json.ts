/** JSON that a person wrote: what is wrong with it is said with its line. */
import { type BuildFailure, transform } from "esbuild";

/** Rejects with the place in `source`: `event.json:3:14: …`. */
export async function parseJson(text: string, source: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.trim() === "") throw new Error(`${source} is empty, and no JSON.`, { cause });
    const { place, what } = await findMistake(text);
    const message = what ?? (cause as SyntaxError).message;
    throw new Error(`${source}${place}: this is no JSON: ${message}.`, { cause });
  }
}

/** JSON.parse knows no lines, and esbuild does. */
export async function findMistake(text: string): Promise<{ place: string; what?: string }> {
  try {
    await transform(text, { loader: "json", logLevel: "silent" });
    return { place: "" };
  } catch (error) {
    const [first] = (error as BuildFailure).errors ?? [];
    if (!first?.location) return { place: "" };
    const { line, column } = first.location;
    return { place: `:${line}:${column + 1}`, what: first.text };
  }
}
