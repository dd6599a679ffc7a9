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

/** What a function of the user's does with what it has to say. */
export type Say = (what: unknown) => any;
type Way = readonly [how: string, say: Say];

const promises: readonly Way[] = [
  ["in a promise", async (what) => what],
  ["in a promise of another make", (what) => thenable((async () => what)())],
  ["in a promise of another realm", (what) => ofAnotherRealm(() => what)],
  ["in a function with a then", (what) => Object.assign(() => {}, thenable((async () => what)()))],
];

const refuse = () => {
  throw new Error("it says no");
};

/** Whatever way it takes to say a thing, what comes of it is the same. */
export const waysToAnswer: readonly [Way, ...Way[]] = [["at once", (what) => what], ...promises];

/** Whatever way it takes to fail, what comes of it is the same. */
export const waysToFail: readonly [Way, ...Way[]] = [
  ["at once", refuse],
  ["in a promise", async () => refuse()],
  ["in a promise of another make", () => thenable((async () => refuse())())],
  ["in a promise of another realm", () => ofAnotherRealm(refuse)],
  ["in a then that throws", () => having(refuse)],
];
