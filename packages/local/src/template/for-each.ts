/**
 * `Fn::ForEach` written out, as the transform AWS::LanguageExtensions does it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
 */
import type { Path, TemplateDocument } from "./document.ts";
import { refuseAt } from "./refuse-at.ts";

type Source = Record<string, any>;

const transformName = "AWS::LanguageExtensions";

/** What a loop may make in all: a template has no more resources. */
const mostCopies = 5_000;

/** The document without loops. `given`: values of parameters, over their defaults. Throws a `TemplateError`. */
export function withoutLoops(
  document: TemplateDocument,
  given: Readonly<Record<string, string>>,
): TemplateDocument {
  if (!JSON.stringify(document.value ?? null).includes('"Fn::ForEach::')) return document;
  const declared: Source = (document.value as Source).Parameters ?? {};
  /** By section and key: where that stands which it was made from. */
  const origins = new Map<string, Path>();
  let copies = 0;
  const isAllowed = [(document.value as Source).Transform].flat().includes(transformName);

  const fail = refuseAt(document);

  function items(collection: unknown, path: Path): string[] {
    const name = (collection as Source | null)?.Ref;
    const values =
      typeof name === "string" && Object.hasOwn(declared, name)
        ? String(given[name] ?? declared[name]?.Default ?? "").split(",")
        : collection;
    if (Array.isArray(values) && values.every((one) => /^(string|number)$/.test(typeof one))) {
      return values.map((one) => String(one).trim());
    }
    return fail(
      "a loop goes over a list of values, or over a parameter that is a list and has a value.",
      path,
    );
  }

  /** `origin`: where the value stands in the text; `made`: where it will. */
  function expand(value: unknown, origin: Path, made: Path): unknown {
    if (Array.isArray(value)) {
      return value.map((item, at) => expand(item, [...origin, at], [...made, at]));
    }
    if (typeof value !== "object" || value === null) return value;
    const result: Source = {};
    const set = (key: string, item: unknown, at: Path) => {
      if (Object.hasOwn(result, key)) fail(`a loop makes ${key}, which is there already.`, at);
      const path = [...made, key];
      if (path.length === 2) origins.set(path.join("."), at);
      result[key] = expand(item, at, path);
    };
    /** `written`: the members as they stand in the text, where loops around them have left their names. */
    const add = (members: Source, written: Source, from: Path) => {
      const writtenKeys = Object.keys(written);
      for (const [index, [key, item]] of Object.entries(members).entries()) {
        const at = [...from, writtenKeys[index]!];
        if (!key.startsWith("Fn::ForEach::")) {
          set(key, item, at);
          continue;
        }
        if (!isAllowed) fail("Fn::ForEach needs Transform: AWS::LanguageExtensions.", at);
        const [identifier, collection, body] = Array.isArray(item) ? item : [];
        if (typeof identifier !== "string" || typeof body !== "object" || body === null) {
          fail("a loop is a name, a list and what is made of each: [Name, [a, b], {…}].", at);
        }
        for (const one of items(collection, [...at, 1])) {
          if (++copies > mostCopies) fail(`its loops make more than ${mostCopies} copies.`, at);
          const inText = written[writtenKeys[index]!][2] as Source;
          add(substituted(body, identifier, one) as Source, inText, [...at, 2]);
        }
      }
    };
    add(value as Source, value as Source, origin);
    return result;
  }

  const value = expand(document.value, [], []);
  return {
    file: document.file,
    value,
    lineOf([section, key, ...rest]) {
      if (section === undefined) return document.lineOf([]);
      const origin = key === undefined ? undefined : origins.get(`${section}.${key}`);
      return document.lineOf(
        origin ? [...origin, ...rest] : [section, ...(key === undefined ? [] : [key]), ...rest],
      );
    },
  };
}

/** `${Name}` and `{ Ref: Name }` with the value; `&{Name}` with its letters and digits. */
function substituted(value: unknown, name: string, item: string): unknown {
  const text = (one: string) =>
    one.replaceAll(`\${${name}}`, item).replaceAll(`&{${name}}`, item.replace(/[^0-9A-Za-z]/g, ""));
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return value.map((one) => substituted(one, name, item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]![0] === "Ref" && entries[0]![1] === name) return item;
  return Object.fromEntries(entries.map(([key, one]) => [text(key), substituted(one, name, item)]));
}
