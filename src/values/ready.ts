/**
 * The one rule for what a function of the user's returns: whatever `await` would wait for is waited for, whoever has made
 * the promise (Bluebird, another realm, a query builder that runs once it is awaited). What is there at once costs no promise.
 */

/** Whether `await` would wait for it. Throws what a `then` getter throws; `await` would reject with that. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  return typeof (value as { readonly then?: unknown }).then === "function";
}

/**
 * Goes on with a value at once where it is there: a promise, one of this realm's own, only where there is something to wait for.
 * `otherwise` gets what the value rejects with, and not what `next` throws; without it that is thrown on.
 */
export function whenReady<T, R>(
  value: T | PromiseLike<T>,
  next: (value: T) => R | PromiseLike<R>,
  otherwise?: (error: unknown) => R | PromiseLike<R>,
): R | Promise<R> {
  let isPending: boolean;
  try {
    isPending = isThenable(value);
  } catch (error) {
    if (!otherwise) throw error;
    return otherwise(error) as R | Promise<R>;
  }
  if (!isPending) return next(value as T) as R | Promise<R>;
  return Promise.resolve(value as PromiseLike<T>).then(next, otherwise);
}

/**
 * Calls a function of the user's, and goes on with what it returns, or with what it throws or rejects with. What `next` and
 * `otherwise` throw is thrown on.
 */
export function attempt<T, R>(
  call: () => T | PromiseLike<T>,
  next: (value: T) => R | PromiseLike<R>,
  otherwise: (error: unknown) => R | PromiseLike<R>,
): R | Promise<R> {
  let value: T | PromiseLike<T>;
  try {
    value = call();
  } catch (error) {
    return otherwise(error) as R | Promise<R>;
  }
  return whenReady(value, next, otherwise);
}

/**
 * What a function of the user's makes of each value: a promise only where there is one among the results. Where it throws for one
 * value, what it has promised for another is not left alone.
 */
export function mapReady<V, T>(
  values: readonly V[],
  call: (value: V) => T | PromiseLike<T>,
): readonly T[] | Promise<readonly T[]> {
  const results = values.map((value) =>
    attempt(
      () => call(value),
      (result): T | Promise<T> => result,
      (error) => Promise.reject<T>(error),
    ),
  );
  return results.some(isThenable) ? Promise.all(results) : (results as readonly T[]);
}

/** Calls a function of the user's whose answer nobody waits for. What it throws, or rejects with later, goes to `failed` alone. */
export function inform(call: () => unknown, failed: (error: unknown) => void): void {
  attempt(call, () => {}, failed);
}
