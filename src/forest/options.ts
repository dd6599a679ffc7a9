/** What a forest is made with: Kinesis Data Analytics' parameters of RANDOM_CUT_FOREST, by their names and with their defaults. */
import { checkNumber } from "../values/number-option.ts";
import { strideOf } from "./trees.ts";

/**
 * What `randomCutForest` takes. Names, ranges and defaults are those of
 * [RANDOM_CUT_FOREST](https://docs.aws.amazon.com/kinesisanalytics/latest/sqlref/sqlrf-random-cut-forest.html).
 */
export interface ForestOptions {
  /** How many numbers a row has. 1 to 30. */
  readonly columns: number;
  /** More trees give scores with less chance in them, and take as much longer. 1 to 1,000. @default 100 */
  readonly numberOfTrees?: number;
  /** How many points each tree keeps; scores begin after as many rows. 10 to 1,000, less than `timeDecay`. @default 256 */
  readonly subSampleSize?: number;
  /** After how many rows the past counts for a factor e less. 1 to 2,147,483,647. @default 100_000 */
  readonly timeDecay?: number;
  /** How many rows in a row are one point: above 1, what is strange may be their order. 1 to 30. @default 1 */
  readonly shingleSize?: number;
  /** Equal seeds make equal forests, on every machine: a whole number, of which 64 bits count. @default 42 */
  readonly seed?: number | bigint;
  /** What the forest may take in memory, in bytes, once it is full. What would take more is refused. @default 268_435_456, 256 MiB */
  readonly maxMemoryBytes?: number;
}

/** The options with their defaults. */
export type Plan = Required<Omit<ForestOptions, "seed" | "maxMemoryBytes">>;

const defaultMemoryBytes = 256 * 1024 * 1024;

export function planOf({
  columns,
  numberOfTrees = 100,
  subSampleSize = 256,
  timeDecay = 100_000,
  shingleSize = 1,
  maxMemoryBytes = defaultMemoryBytes,
}: ForestOptions): Plan {
  if (columns === undefined) throw new RangeError("randomCutForest: columns is missing.");
  const check = (name: string, value: number, least: number, most: number) =>
    checkNumber(`randomCutForest: ${name}`, value, { least, most, isWhole: true });
  check("columns", columns, 1, 30);
  check("numberOfTrees", numberOfTrees, 1, 1000);
  check("subSampleSize", subSampleSize, 10, 1000);
  check("timeDecay", timeDecay, 1, 2 ** 31 - 1);
  check("shingleSize", shingleSize, 1, 30);
  checkNumber("randomCutForest: maxMemoryBytes", maxMemoryBytes, { least: 1, most: 2 ** 32 });
  if (subSampleSize >= timeDecay) {
    throw new RangeError(
      `randomCutForest: subSampleSize must be less than timeDecay; it is ${subSampleSize}, and timeDecay is ${timeDecay}.`,
    );
  }
  const plan = { columns, numberOfTrees, subSampleSize, timeDecay, shingleSize };
  const bytes = memoryOf(plan);
  if (bytes > maxMemoryBytes) {
    throw new RangeError(
      `randomCutForest: this forest would take ${bytes} bytes, and maxMemoryBytes is ${maxMemoryBytes}. Raise it, or take fewer trees, a smaller subSampleSize or a smaller shingleSize.`,
    );
  }
  return plan;
}

/** Bytes of a forest that is full: nodes, leaves, samples, and a point for each entry of a sample. */
export function memoryOf({ columns, shingleSize, numberOfTrees, subSampleSize }: Plan): number {
  const dimensions = columns * shingleSize;
  const entries = numberOfTrees * subSampleSize;
  return 4 * (entries * strideOf(dimensions) + 4 * entries + (entries + 1) * (dimensions + 1));
}

/** `seed`, checked. */
export function checkSeed(seed: number | bigint): void {
  if (typeof seed === "bigint" || Number.isSafeInteger(seed)) return;
  throw new RangeError(
    `randomCutForest: seed must be a whole number of at most 53 bits, or a bigint; it is ${String(seed)}.`,
  );
}
