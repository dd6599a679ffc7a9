/** What AWS charges: a file that can be read, doubted and replaced. */
import standard from "./prices.json" with { type: "json" };

/** Where a price list is from, and how far it was checked. */
interface Provenance {
  readonly source: string;
  readonly date: string;
  readonly checked: string;
}

/** Prices in one currency, each for one of what its name says. */
export interface Prices {
  readonly region: string;
  readonly currency: string;
  readonly kinesis: Provenance & {
    readonly shardHour: number;
    readonly millionPayloadUnits: number;
    /** A record counts as so many units as it has begun such pieces. */
    readonly payloadUnitBytes: number;
    readonly onDemandStreamHour: number;
    readonly onDemandGigabyteIn: number;
    readonly onDemandGigabyteOut: number;
    /** For each shard and consumer. */
    readonly fanOutShardHour: number;
    readonly fanOutGigabyte: number;
    readonly onDemandFanOutGigabyte: number;
  };
  readonly lambda: Provenance & {
    readonly millionRequests: number;
    /** Ascending; the last has no end. */
    readonly gigabyteSeconds: readonly { readonly upTo?: number; readonly each: number }[];
  };
  readonly dynamodb: Provenance & {
    readonly millionWriteUnits: number;
    readonly millionReadUnits: number;
    readonly storedGigabyteMonth: number;
  };
}

/** The prices that the package comes with. */
export const standardPrices: Prices = standard;

/**
 * The price list in `value`, which must have the shape of the standard one.
 * @throws TypeError that names what is missing.
 */
export function checkPrices(value: unknown): Prices {
  compare(value, standardPrices, "");
  return value as Prices;
}

function compare(value: unknown, wanted: unknown, path: string): void {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(value) || value.length === 0) throw missing(path, "a list");
    for (const [index, each] of value.entries()) {
      if (typeof each?.each !== "number") throw missing(`${path}[${index}].each`, "a number");
    }
    return;
  }
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof value !== "object" || value === null) throw missing(path || "it", "an object");
    for (const [name, inner] of Object.entries(wanted)) {
      compare((value as Record<string, unknown>)[name], inner, path ? `${path}.${name}` : name);
    }
    return;
  }
  const isRight = typeof value === typeof wanted && (typeof value !== "number" || value >= 0);
  if (!isRight) throw missing(path, typeof wanted === "number" ? "a number from 0" : "a text");
}

const missing = (path: string, what: string) =>
  new TypeError(
    `The prices need ${what} at ${path}: begin with what shardmill plan --print-prices prints.`,
  );
