/** The error, under its own name, with a sentence of ours: AWS's often name neither a bucket nor a table. */
export function saying(error: unknown, message: string): unknown {
  const { name = "Error" } = (error ?? {}) as Partial<Error>;
  return Object.assign(new Error(message, { cause: error }), error, { name, message });
}

/** The error, with the place at which it happened before what it says. */
export const atPlace = (error: unknown, place: string): unknown =>
  saying(error, `${place}: ${(error as Error | undefined)?.message ?? String(error)}`);
