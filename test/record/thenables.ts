import { runInNewContext } from "node:vm";

const property = "then";

/** An object with this `then` and nothing else. */
export const having = <T>(then: unknown) => ({ [property]: then }) as unknown as T;

/** A promise of another make, which has nothing but its `then`. */
export const thenable = <T>(promise: Promise<T>): PromiseLike<T> =>
  having(promise.then.bind(promise));

/** One whose `then` cannot be read. */
export const unreadable = (): PromiseLike<never> =>
  Object.defineProperty({}, property, {
    get() {
      throw new Error("its then cannot be read");
    },
  }) as PromiseLike<never>;

/** What `settle` makes, as a promise of another realm: jest and `node:vm` bring such. */
export const ofAnotherRealm = <T>(settle: () => T): Promise<T> =>
  runInNewContext("(async () => settle())()", { settle });
