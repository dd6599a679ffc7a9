/** Records that fail because somebody asked for it: a demonstration, and a lesson. */

/** The name of their error. */
export const faultOnPurpose = "FaultOnPurpose";

/** Throws for the first so many records that are about to be processed, each time that they are in this invocation. */
export function failingOnPurpose(records: number): (record: object) => void {
  const chosen = new WeakSet<object>();
  let left = records;
  return (record) => {
    if (!chosen.has(record)) {
      if (left === 0) return;
      left--;
      chosen.add(record);
    }
    const error = new Error("This record fails: somebody asked for it.");
    error.name = faultOnPurpose;
    throw error;
  };
}
