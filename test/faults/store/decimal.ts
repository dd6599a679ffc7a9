/** DynamoDB's numbers: exact decimals of up to 38 digits, written without an exponent. */
interface Decimal {
  /** The number's digits, its sign included. */
  readonly digits: bigint;
  /** How many of them stand behind the point. */
  readonly scale: number;
}

export function parseDecimal(text: string): Decimal {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text.trim());
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (whole + fraction === "") throw new RangeError(`not a number: ${text}`);
  const digits = BigInt(sign + whole + fraction || "0");
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/** The one text of a number: `1`, `1.0` and `1e0` are all `1`. */
export function normalize(text: string): string {
  // Most are plain: counts, and moments.
  if (/^[1-9]\d*$/.test(text)) return text;
  return format(parseDecimal(text));
}

function format({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? "-" : "";
  const padded = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const whole = padded.slice(0, padded.length - scale);
  const fraction = padded.slice(padded.length - scale).replace(/0+$/, "");
  if (whole === "0" && fraction === "") return "0";
  return sign + whole + (fraction && `.${fraction}`);
}

function aligned(a: string, b: string): [bigint, bigint, number] {
  const [left, right] = [parseDecimal(a), parseDecimal(b)];
  const scale = Math.max(left.scale, right.scale);
  const widen = ({ digits, scale: own }: Decimal) => digits * 10n ** BigInt(scale - own);
  return [widen(left), widen(right), scale];
}

export function add(a: string, b: string): string {
  const [left, right, scale] = aligned(a, b);
  return format({ digits: left + right, scale });
}

export function subtract(a: string, b: string): string {
  const [left, right, scale] = aligned(a, b);
  return format({ digits: left - right, scale });
}

export function compareDecimals(a: string, b: string): number {
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}
