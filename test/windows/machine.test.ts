/** The machine: rows follow from the records in their order, and from nothing else. */
import fc from "fast-check";
import { count, distinct, max, session, tumbling } from "shardmill/windows";
import { describe, expect, it } from "vitest";
import { WindowMachine } from "../../src/windows/machine.ts";
import { WindowStateError } from "../../src/windows/state-error.ts";
import { applyWritten, writeChanges, writeWhole } from "../../src/windows/written.ts";
import { aggregate, kinds, play, playedSteps, streams, type Trade } from "./machine-trial.ts";

describe.each(kinds)("$name", ({ make }) => {
  it("gives the same rows in the same order, wherever batches are cut and environments die", () => {
    fc.assert(
      fc.property(streams(), playedSteps, (stream, steps) => {
        expect(play(make(aggregate), stream, steps)).toEqual(play(make(aggregate), stream));
      }),
      { numRuns: 300 },
    );
  });

  it("gives each row an id of its own", () => {
    fc.assert(
      fc.property(streams(), (stream) => {
        const { rows } = play(make(aggregate), stream);
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
      }),
    );
  });
});

const trade = (of: Partial<Trade>): Trade => ({
  ...{ key: "a", at: 0, arrival: 0, price: 1, user: "u" },
  ...of,
});

describe("too much state", () => {
  it("fails the record that would add to it, names the largest key, and changes nothing", () => {
    const { definition } = tumbling(
      { seconds: 60 },
      {
        key: (t: Trade) => t.key,
        maxStateBytes: 2000,
        aggregate: { users: distinct((t: Trade) => t.user) },
      },
    );
    const machine = new WindowMachine(definition);
    machine.absorb(trade({ key: "small" }), 0);
    const add = () => {
      for (let n = 0; n < 1000; n++) machine.absorb(trade({ key: "large", user: `user-${n}` }), 0);
    };
    expect(add).toThrow(WindowStateError);
    const before = writeWhole(machine);
    expect(() => machine.absorb(trade({ key: "next" }), 90_000)).toThrow(
      /record of the key "next" was not added, and nothing is lost.*"large" takes most/,
    );
    expect(writeWhole(machine)).toEqual(before);
  });

  it("fails the record that one aggregate cannot take, and leaves the others as they were", () => {
    const { definition } = tumbling(
      { seconds: 60 },
      {
        aggregate: {
          count: count<Trade>(),
          users: distinct((t: Trade) => t.user, { atMost: 2 }),
        },
      },
    );
    const machine = new WindowMachine(definition);
    for (const user of ["u1", "u2", "u1"]) machine.absorb(trade({ user }), 0);
    expect(() => machine.absorb(trade({ user: "u3" }), 0)).toThrow(
      "users of the key null: distinct has 2 different values already. Raise its atMost, or use approximateDistinct.",
    );
    const [group] = machine.groups.values();
    expect(group!.states[0]).toBe(3);
  });
});

describe("a key that is a list", () => {
  const { definition } = tumbling(
    { seconds: 60 },
    { key: (t: Trade) => [t.price, t.user], aggregate: { count: count<Trade>() } },
  );

  it("goes on with the group that another environment has opened since its own was closed", () => {
    const [own, other] = [new WindowMachine(definition), new WindowMachine(definition)];
    const tell = (from: WindowMachine<Trade>, to: WindowMachine<Trade>) => {
      applyWritten(to, writeChanges(from));
      from.committed();
    };
    own.absorb(trade({}), 0);
    own.absorb(trade({ user: "v" }), 60_000);
    own.done([...own.due]);
    tell(own, other);
    other.absorb(trade({}), 61_000);
    tell(other, own);
    own.absorb(trade({}), 62_000);
    own.closeAll();
    expect(own.due.map(({ states }) => states[0])).toEqual([1, 2]);
  });
});

describe("a record that cannot be taken in", () => {
  const machine = () =>
    new WindowMachine(
      tumbling(
        { seconds: 60 },
        {
          key: (t: any) => t.key,
          time: (t: any) => t.at,
          aggregate: { high: max((t: any) => t.price) },
        },
      ).definition,
    );
  it.each([
    [
      { at: 0, price: 1 },
      "A key must be a text, a finite number, a bigint, a boolean, null or a list of these; it is undefined.",
    ],
    [{ key: {}, at: 0, price: 1 }, "it is of the type object"],
    [{ key: "a", at: "yesterday", price: 1 }, 'time gave "yesterday"'],
    [{ key: "a", at: undefined, price: 1 }, "time gave undefined"],
    [{ key: "a", at: 0, price: {} }, "What max is taken of is of the type object"],
    [{ key: "a", at: 0, price: "x".repeat(20_000) }, "is a text of 20,000 characters"],
    [{ key: "k".repeat(2000), at: 0, price: 1 }, "A key has 2,000 characters"],
  ])("says what is wrong: %j", (value, message) => {
    const all = machine();
    expect(() => all.absorb(value, 0)).toThrow(message);
    expect(all.groups.size).toBe(0);
    expect(all.watermark).toBe(Number.NEGATIVE_INFINITY);
  });

  it("does not compare texts with numbers", () => {
    const all = machine();
    all.absorb({ key: "a", at: 0, price: 1 }, 0);
    expect(() => all.absorb({ key: "a", at: 0, price: "2" }, 0)).toThrow(
      'high of the key "a": max met a string after a number',
    );
  });
});

describe("what is refused at the start", () => {
  const aggregate = { n: count() };
  it.each<[() => unknown, string]>([
    [() => tumbling({} as any, { aggregate }), "tumbling: seconds is missing."],
    [
      () => tumbling({ seconds: 0 }, { aggregate }),
      "tumbling: seconds must be a number from 0.001",
    ],
    [() => tumbling({ seconds: 1 }, {} as any), "aggregate must name at least one"],
    [
      () => tumbling({ seconds: 1 }, { aggregate: { key: count() } }),
      "a row has a field key already",
    ],
    [
      () => tumbling({ seconds: 1 }, { aggregate: { n: count as any } }),
      "aggregate.n must be an aggregate",
    ],
    [() => tumbling({ seconds: 1 }, { aggregate, kye: 1 } as any), "there is no option kye"],
    [
      () => tumbling({ seconds: 1 }, { aggregate, allowedLatenessInSeconds: 1 }),
      "allowedLatenessInSeconds needs time",
    ],
    [() => session({ gapSeconds: 1 }, { aggregate, key: "a" as any }), "key must be a function"],
  ])("%s", (make, message) => {
    expect(make).toThrow(message);
  });
});

it.each<[string, (name: string) => Trade["key"]]>([
  ["a text", (name) => name],
  ["a list", (name) => [name.slice(0, 2), name]],
])(
  "a session that goes on while those of 40,000 other keys begin and end is one, where a key is %s",
  (_, keyOf) => {
    const others = 40_000;
    const windows = session(
      { gapSeconds: 2 },
      { key: (t: Trade) => t.key, aggregate: { count: count<Trade>() } },
    );
    const stream = Array.from({ length: others }, (_, n) => {
      const arrival = 1_767_225_600_000 + n;
      const one = { at: arrival, arrival, price: 1, user: "u1" };
      const other = { ...one, key: keyOf(`${n % 100}/${n}`) };
      return n % 1000 === 0 ? [{ ...one, key: keyOf("on and on") }, other] : [other];
    }).flat();
    const end = {
      key: "end",
      at: 1_767_225_700_000,
      arrival: 1_767_225_700_000,
      price: 1,
      user: "u1",
    };
    const rows: readonly any[] = play(windows as never, [...stream, end]).rows;
    expect(rows).toHaveLength(others + 2);
    expect(rows.filter(({ count }) => count !== 1)).toMatchObject([
      { key: keyOf("on and on"), count: others / 1000 },
    ]);
  },
);
