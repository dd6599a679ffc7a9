/** The types of Glue's columns, which are Hive's: `array<struct<name:string,price:decimal(10,2)>>`. */

export type HiveType =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "array"; readonly element: HiveType }
  | { readonly kind: "map"; readonly key: HiveType; readonly value: HiveType }
  | { readonly kind: "struct"; readonly fields: readonly HiveField[] };

export interface HiveField {
  readonly name: string;
  readonly type: HiveType;
}

const primitives = [
  ...(["boolean", "tinyint", "smallint", "int", "bigint", "float", "double"] as const),
  ...(["string", "date", "timestamp", "binary"] as const),
] as const;
type PrimitiveKind = (typeof primitives)[number];

/** Other names of the same. Lengths of char and varchar are not enforced. */
const synonyms: Readonly<Record<string, PrimitiveKind>> = {
  integer: "int",
  char: "string",
  varchar: "string",
};

/**
 * Throws a RangeError that says where the type is wrong.
 *
 * @example
 * parseHiveType("map<string,int>"); // { kind: "map", key: { kind: "string" }, value: { kind: "int" } }
 */
export function parseHiveType(text: string): HiveType {
  let at = 0;
  const fail = (expected: string) =>
    new RangeError(`The type "${text}" is wrong at character ${at + 1}: expected ${expected}.`);

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found?.trim();
  }

  function expect(pattern: RegExp, what: string): string {
    const found = take(pattern);
    if (found === undefined) throw fail(what);
    return found;
  }

  function type(): HiveType {
    const name = expect(/\s*[a-zA-Z]+\s*/y, "a type").toLowerCase();
    if (name === "array") {
      expect(/</y, "<");
      const element = type();
      expect(/\s*>\s*/y, ">");
      return { kind: "array", element };
    }
    if (name === "map") {
      expect(/</y, "<");
      const key = type();
      expect(/,/y, "a comma");
      const value = type();
      expect(/\s*>\s*/y, ">");
      return { kind: "map", key, value };
    }
    if (name === "struct") return struct();
    if (name === "decimal") return decimal();
    take(/\(\s*\d+\s*\)\s*/y);
    const kind = synonyms[name] ?? primitives.find((one) => one === name);
    if (kind) return { kind };
    at -= name.length;
    throw fail(`one of ${primitives.join(", ")}, decimal, array, map and struct`);
  }

  function struct(): HiveType {
    expect(/</y, "<");
    const fields: HiveField[] = [];
    do {
      const name = expect(/\s*[^<>,:()\s]+\s*/y, "a field's name");
      expect(/:/y, "a colon");
      fields.push({ name, type: type() });
    } while (take(/,/y) !== undefined);
    expect(/\s*>\s*/y, ">");
    return { kind: "struct", fields };
  }

  function decimal(): HiveType {
    const [precision = 10, scale = 0] =
      take(/\(\s*\d+\s*(?:,\s*\d+\s*)?\)\s*/y)
        ?.match(/\d+/g)
        ?.map(Number) ?? [];
    if (precision < 1 || precision > 38 || scale > precision) {
      throw fail("a precision of 1 to 38, and a scale that is not above it");
    }
    return { kind: "decimal", precision, scale };
  }

  const parsed = type();
  if (at < text.length) throw fail("the end");
  return parsed;
}
