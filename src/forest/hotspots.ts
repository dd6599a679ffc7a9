/** HOTSPOTS: regions where many of the latest rows are. */
import { checkNumber } from "../values/number-option.ts";
import { clustersOf, emptyWindow, slide, type Window } from "./density.ts";
import { Reader, Writer } from "./snapshot-bytes.ts";

/**
 * What `hotspots` takes. Names and ranges are those of [HOTSPOTS](https://docs.aws.amazon.com/kinesisanalytics/latest/sqlref/sqlrf-hotspots.html).
 */
export interface HotspotsOptions {
  /** How many numbers a row has. 1 to 30. */
  readonly columns: number;
  /** How many of the latest rows are looked at. 100 to 1,000. */
  readonly windowSize: number;
  /** How far a row and its neighbour are apart at most (Euclidean distance, in the columns' own unit): DBSCAN's ε. Above 0. */
  readonly scanRadius: number;
  /** How many rows within `scanRadius` of one make it the core of a hot spot, itself among them: DBSCAN's minPts. 2 to `windowSize`. */
  readonly minimumNumberOfPointsInAHotspot: number;
}

/** A region where rows are dense. */
export interface Hotspot {
  /**
   * Rows of the hot spot divided by its size: the product of its extents. An extent of 0, where all rows have one value, counts as
   * `scanRadius`.
   */
  readonly density: number;
  /** The least value of each column. */
  readonly minValues: readonly number[];
  /** The greatest value of each column. */
  readonly maxValues: readonly number[];
}

/** The latest rows, and where they are dense. Made by {@link hotspots}. */
export interface Hotspots {
  /**
   * Takes a row in, and the oldest out once there are `windowSize`. Throws a RangeError where the row has another length, or a
   * number that is not finite; then nothing is changed.
   */
  update(row: ArrayLike<number>): void;
  /** All hot spots of the window; the one with the oldest core first. */
  find(): Hotspot[];
  /** The window in bytes; `restoreHotspots` goes on from it. */
  snapshot(): Uint8Array;
}

/**
 * Finds where the latest rows are dense, as SQL's HOTSPOTS does. AWS has not published its algorithm: this is DBSCAN over the last `windowSize` rows, with
 * a hot spot for each cluster. Throws a RangeError for an option out of its range.
 *
 * @example
 * ```ts
 * const spots = hotspots({ columns: 2, windowSize: 1000, scanRadius: 0.2, minimumNumberOfPointsInAHotspot: 17 });
 * spots.update([0.72, 4.64]);
 * const result = hotspotsJson(spots.find()); // [{"density":…,"minValues":[…],"maxValues":[…]}]
 * ```
 */
export function hotspots(options: HotspotsOptions): Hotspots {
  return facade(checked(options), windowOf(options));
}

/** The hot spots of a snapshot. Throws a RangeError where the bytes are no snapshot of hot spots. */
export function restoreHotspots(snapshot: Uint8Array): Hotspots {
  const from = new Reader(snapshot);
  if (snapshot.length < 4 || from.whole(4) !== magic) {
    throw new RangeError("This is no snapshot of hot spots, or one of another version.");
  }
  const options = checked({
    columns: from.whole(1),
    windowSize: from.whole(2),
    minimumNumberOfPointsInAHotspot: from.whole(2),
    scanRadius: from.double(),
  });
  const window = windowOf(options);
  const rows = from.whole(2);
  for (let row = 0; row < rows; row++) {
    slide(
      window,
      Array.from({ length: options.columns }, () => from.double()),
    );
  }
  from.end();
  return facade(options, window);
}

/**
 * The JSON text that HOTSPOTS gives as HOTSPOTS_RESULT: an array of `density`, `minValues` and `maxValues`, whose values are in the order of the columns.
 */
export const hotspotsJson = (found: readonly Hotspot[]): string =>
  JSON.stringify(
    found.map(({ density, minValues, maxValues }) => ({ density, minValues, maxValues })),
  );

/** "HOT1" */
const magic = 0x31544f48;

const windowOf = ({ columns, windowSize, scanRadius }: HotspotsOptions) =>
  emptyWindow(columns, windowSize, scanRadius);

function checked(options: HotspotsOptions): HotspotsOptions {
  const { columns, windowSize, scanRadius, minimumNumberOfPointsInAHotspot } = options;
  const check = (name: string, value: number, least: number, most: number) => {
    if (value === undefined) throw new RangeError(`hotspots: ${name} is missing.`);
    checkNumber(`hotspots: ${name}`, value, { least, most, isWhole: true });
  };
  check("columns", columns, 1, 30);
  check("windowSize", windowSize, 100, 1000);
  check("minimumNumberOfPointsInAHotspot", minimumNumberOfPointsInAHotspot, 2, windowSize);
  if (!(scanRadius > 0 && Number.isFinite(scanRadius))) {
    throw new RangeError(
      `hotspots: scanRadius must be a finite number above 0; it is ${scanRadius}.`,
    );
  }
  return options;
}

function facade(options: HotspotsOptions, window: Window): Hotspots {
  const { columns, scanRadius, minimumNumberOfPointsInAHotspot } = options;
  return {
    update(row) {
      if (row.length !== columns) {
        throw new RangeError(
          `A row of these hot spots has ${columns} numbers; this one has ${row.length}.`,
        );
      }
      for (let i = 0; i < columns; i++) {
        if (Number.isFinite(row[i])) continue;
        throw new RangeError(
          `Hot spots take finite numbers; column ${i + 1} of ${columns} is ${String(row[i])}. Leave the row out.`,
        );
      }
      slide(window, row);
    },
    find: () =>
      clustersOf(window, minimumNumberOfPointsInAHotspot).map((places) =>
        boxAround(window, places, scanRadius),
      ),
    snapshot: () => written(options, window),
  };
}

function boxAround({ values, columns }: Window, places: readonly number[], radius: number) {
  const minValues: number[] = [];
  const maxValues: number[] = [];
  let size = 1;
  for (let i = 0; i < columns; i++) {
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (const place of places) {
      const value = values[place * columns + i]!;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    minValues.push(least);
    maxValues.push(most);
    size *= most > least ? most - least : radius;
  }
  // Of 30 columns with tiny extents the product may be less than any double.
  const density = Math.min(places.length / size, Number.MAX_VALUE);
  return { density, minValues, maxValues };
}

function written(options: HotspotsOptions, { count, size, columns, values }: Window): Uint8Array {
  const to = new Writer();
  to.whole(magic, 4);
  to.whole(options.columns, 1);
  to.whole(options.windowSize, 2);
  to.whole(options.minimumNumberOfPointsInAHotspot, 2);
  to.double(options.scanRadius);
  const held = Math.min(count, size);
  to.whole(held, 2);
  for (let row = count - held; row < count; row++) {
    for (let i = 0; i < columns; i++) to.double(values[(row % size) * columns + i]!);
  }
  return to.take();
}
