/** What AWS does not let one set. */

export interface MappingTiming {
  /** Milliseconds between polls of a shard that is read to its tip. @default 1000, and 0 for enhanced fan-out */
  readonly pollInterval: number;
  /** Milliseconds before the first retry; each further pause is twice as long. @default 200 */
  readonly firstRetryPause: number;
  /** The longest pause, in milliseconds. @default 60000 */
  readonly longestRetryPause: number;
  /**
   * Milliseconds from the end of a tumbling window to its closing, when no record of a later one
   * comes. @default 120000
   */
  readonly idleWindowClose: number;
}

export function defaultTiming(fanOut: boolean): MappingTiming {
  return {
    pollInterval: fanOut ? 0 : 1000,
    firstRetryPause: 200,
    longestRetryPause: 60_000,
    idleWindowClose: 120_000,
  };
}
