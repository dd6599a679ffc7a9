import { describe, expect, it } from "vitest";
import { attempt, inform, isThenable, whenReady } from "../../src/values/ready.ts";
import { having, ofAnotherRealm, thenable, unreadable } from "./thenables.ts";

const later = (value: string) =>
  thenable(new Promise<string>((resolve) => void setTimeout(resolve, 1, value)));
const rejecting = () =>
  ofAnotherRealm((): string => {
    throw new Error("elsewhere");
  });
const callable = Object.assign(() => {}, later("called"));
const noted = () => {
  const seen: unknown[] = [];
  return { seen, next: (value: unknown) => seen.push(value), otherwise: (e: any) => seen.push(e) };
};

describe("what a function of the user's returns", () => {
  it("goes on at once with what await would not wait for", () => {
    for (const value of [0, "", null, undefined, having("text"), [], () => {}]) {
      expect(isThenable(value)).toBe(false);
      expect(whenReady<unknown, string>(value, () => "at once")).toBe("at once");
    }
  });

  it("waits for what await would wait for, whoever has made it, and always returns a promise of its own", async () => {
    const ready = [later("later"), callable as unknown as PromiseLike<string>].map((value) =>
      whenReady(value, (value) => `seen ${value}`),
    );
    for (const each of ready) expect(each).toBeInstanceOf(Promise);
    expect(await Promise.all(ready)).toEqual(["seen later", "seen called"]);
    await expect(whenReady(rejecting(), () => "fine")).rejects.toMatchObject({
      message: "elsewhere",
    });
  });

  it("takes a then that cannot be read for a rejection", () => {
    expect(() => isThenable(unreadable())).toThrow("its then cannot be read");
    expect(
      whenReady(
        unreadable(),
        () => "fine",
        (error) => (error as Error).message,
      ),
    ).toBe("its then cannot be read");
    expect(() => whenReady(unreadable(), () => "fine")).toThrow("its then cannot be read");
  });

  it("hands what was thrown and what was rejected to the same function, and nothing else", async () => {
    const { seen, next, otherwise } = noted();
    attempt(
      () => JSON.parse("no json"),
      next,
      ({ name }: any) => otherwise(name),
    );
    await attempt(rejecting, next, ({ message }: any) => otherwise(message));
    attempt(() => "fine", next, otherwise);
    expect(seen).toEqual(["SyntaxError", "elsewhere", "fine"]);
    const clumsy = () => {
      throw new Error("in next");
    };
    expect(() => attempt(() => 1, clumsy, otherwise)).toThrow("in next");
    await expect(attempt(() => later("1"), clumsy, otherwise)).rejects.toThrow("in next");
    expect(seen).toHaveLength(3);
  });

  it("leaves nothing unhandled of what is only told", async () => {
    const failures: string[] = [];
    const failed = (error: unknown) => void failures.push((error as Error).message);
    inform(rejecting, failed);
    inform(unreadable, failed);
    inform(() => {
      throw new Error("at once");
    }, failed);
    inform(() => "fine", failed);
    await new Promise(setImmediate);
    expect(failures.sort()).toEqual(["at once", "elsewhere", "its then cannot be read"]);
  });
});
