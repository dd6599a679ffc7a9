/** JSON, with all digits of a bigint, which JSON has as a number like any other. */
export function encodeJson(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    json = JSON.stringify(value, (_, value) =>
      typeof value === "bigint" ? rawJson(String(value)) : value,
    );
  }
  if (json !== undefined) return json;
  throw new TypeError(`JSON has no form for ${kindOf(value)}.`);
}

/** A number as it is written. https://github.com/tc39/proposal-json-parse-with-source */
export const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

export const kindOf = (value: unknown): string =>
  value === null || value === undefined ? String(value) : `a value of the type ${typeof value}`;
