/** More digits are no number of anybody's, and to read them takes its time. */
export const longestInteger = 10_000;

/** The digits of a decimal as an integer, rounded half up; undefined: it has none, or more than it may have. */
export function toUnscaled(
  value: unknown,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): bigint | undefined {
  const text = String(value).trim();
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  // JSON has numbers that are no longer finite here, such as 1e400.
  if (!parts) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = parts;
  const digits = whole + fraction;
  if (digits === "") return undefined;
  const shift = Number(exponent) - fraction.length + scale;
  if (Math.abs(shift) > 100 || digits.length > longestInteger) return undefined;
  const exact = BigInt(digits);
  const divisor = 10n ** BigInt(Math.max(0, -shift));
  const unscaled = shift >= 0 ? exact * 10n ** BigInt(shift) : (exact + divisor / 2n) / divisor;
  if (unscaled >= 10n ** BigInt(precision)) return undefined;
  return sign === "-" ? -unscaled : unscaled;
}
