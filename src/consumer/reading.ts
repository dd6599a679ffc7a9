/** How far a record is on its way to a value. */

export const not = 0;
export const begun = 1;
/** It has its id, and its value was let go for want of memory. */
export const letGo = 2;
export const done = 3;
