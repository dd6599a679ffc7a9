/** What became of a record, each a constant, so that a bundle has its number alone. The order matters: from `processed` on it is done. */

/** Not begun: no time, or an earlier record of its lane failed. */
export const fresh = 0;
export const running = 1;
export const failed = 2;
/** Begun, and stopped by the signal: not a failure. */
export const givenBack = 3;
/** Has the unique id of an earlier record of this batch, and shares its fate. */
export const twin = 4;
export const processed = 5;
/** Its decoder said that it needs no processing. */
export const dropped = 6;
export const parked = 7;
export const redelivered = 8;
export const duplicate = 9;
