/** Regular expressions: JavaScript's, written as in Oniguruma where the two agree. */
import { described, JqError, type Json, objectOf } from "./value.ts";

interface Compiled {
  readonly regex: RegExp;
  readonly global: boolean;
  readonly skipsEmpty: boolean;
}

function compile(input: Json, pattern: Json, flags: Json): Compiled {
  if (typeof input !== "string") {
    throw new JqError(`${described(input)} cannot be matched, as it is not a string`);
  }
  if (typeof pattern !== "string") {
    throw new JqError(`${described(pattern)} cannot be matched, as it is not a string`);
  }
  if (flags !== null && typeof flags !== "string") {
    throw new JqError(`${described(flags)} is not a string`);
  }
  const given = flags ?? "";
  if (/[^gixnslp]/.test(given)) {
    throw new JqError(`${given} is not a valid modifier string`);
  }
  const source = given.includes("x") ? extended(pattern) : pattern;
  const [, inline = "", rest = source] = /^\(\?([im]+)\)(.*)$/s.exec(source) ?? [];
  const ignoresCase = given.includes("i") || inline.includes("i");
  // What Oniguruma calls multi-line lets the dot match line ends; ^ and $ always match at them.
  const dotAll = /[sp]/.test(given) || inline.includes("m");
  try {
    const regex = new RegExp(
      rest
        .replaceAll("\\h", "[0-9a-fA-F]")
        .replaceAll("\\A", "(?<![^])")
        .replaceAll("\\z", "(?![^])"),
      `dgmu${ignoresCase ? "i" : ""}${dotAll ? "s" : ""}`,
    );
    return { regex, global: given.includes("g"), skipsEmpty: given.includes("n") };
  } catch (error) {
    throw new JqError(`${pattern} (at offset 0) is not a valid regex: ${(error as Error).message}`);
  }
}

const extended = (pattern: string) =>
  pattern.replace(/\\.|\[(?:\\.|[^\]\\])*(?:\]|$)|\s+|#[^\n]*/gs, (part) =>
    /^[\s#]/.test(part) ? "" : part,
  );

function matches(input: Json, pattern: Json, flags: Json): RegExpExecArray[] {
  const { regex, global, skipsEmpty } = compile(input, pattern, flags);
  const found = [...(input as string).matchAll(regex)].filter(
    ([whole]) => !skipsEmpty || whole !== "",
  );
  return (global ? found : found.slice(0, 1)) as RegExpExecArray[];
}

export const test = (input: Json, pattern: Json, flags: Json): boolean =>
  matches(input, pattern, flags).length > 0;

export function match(input: Json, pattern: Json, flags: Json): Json[] {
  const place = (at: number) => [...(input as string).slice(0, at)].length;
  return matches(input, pattern, flags).map((found) => {
    const names = namesOf(found);
    const captures = found.slice(1).map((text, i) => {
      const [from] = found.indices?.[i + 1] ?? [-1];
      return objectOf([
        ["offset", from < 0 ? -1 : place(from)],
        ["length", text === undefined ? 0 : [...text].length],
        ["string", text ?? null],
        ["name", names[i] ?? null],
      ]);
    });
    return objectOf([
      ["offset", place(found.index)],
      ["length", [...found[0]].length],
      ["string", found[0]],
      ["captures", captures],
    ]);
  });
}

/** The names of the groups, in their order; undefined for one without. */
function namesOf(found: RegExpExecArray): (string | undefined)[] {
  const places = found.indices?.groups ?? {};
  const entries = Object.entries(places);
  const names: (string | undefined)[] = [];
  let next = 0;
  for (let group = 1; group < found.length; group++) {
    const entry = entries[next];
    const isThis =
      entry !== undefined && samePlace(entry[1] as Place, found.indices?.[group] as Place);
    names.push(isThis ? entry[0] : undefined);
    if (isThis) next++;
  }
  return names;
}

type Place = readonly [number, number] | undefined;
const samePlace = (a: Place, b: Place) => a?.[0] === b?.[0] && a?.[1] === b?.[1];

export const capture = (input: Json, pattern: Json, flags: Json): Json[] =>
  matches(input, pattern, flags).map(captured);

const captured = (found: RegExpExecArray): Json =>
  objectOf(Object.entries(found.groups ?? {}).map(([name, text]) => [name, text ?? null]));

export const scan = (input: Json, pattern: Json): Json[] =>
  matches(input, pattern, "g").map((found) =>
    found.length > 1 ? found.slice(1).map((text) => text ?? null) : found[0],
  );

export function splitByRegex(input: Json, pattern: Json, flags: Json): Json {
  const parts: string[] = [];
  let at = 0;
  for (const found of matches(input, pattern, `${flags ?? ""}g`)) {
    parts.push((input as string).slice(at, found.index));
    at = found.index + found[0].length;
  }
  return [...parts, (input as string).slice(at)];
}

export function substitute(
  input: Json,
  pattern: Json,
  flags: Json,
  replacement: (captured: Json) => string,
): Json {
  let result = "";
  let at = 0;
  for (const found of matches(input, pattern, flags)) {
    result += (input as string).slice(at, found.index) + replacement(captured(found));
    at = found.index + found[0].length;
  }
  return result + (input as string).slice(at);
}
