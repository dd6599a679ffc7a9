/** For each promise of windows, code that breaks it: a day must notice. */
import type { Patch } from "../load-program.ts";
import type { Mutation } from "../mutations.ts";
import type { ConsumerSetup, Rates, Scenario } from "../scenario.ts";
import { drawSql, drawWindows } from "./scenario.ts";

const inFile =
  (file: string) =>
  (from: string, to: string): Patch => ({ file: `src/consumer/state/${file}`, from, to });
const deliver = inFile("deliver.ts");
const flush = inFile("flush.ts");
const inherited = inFile("inherited.ts");
const rows = inFile("run-rows.ts");
const teller = inFile("teller.ts");

const having =
  (consumer: Partial<ConsumerSetup>, rates: Partial<Rates> = {}) =>
  (scenario: Scenario): Scenario => ({
    ...scenario,
    consumer: { ...scenario.consumer, ...consumer },
    rates: { ...scenario.rates, ...rates, store: { ...scenario.rates.store, ...rates.store } },
  });

const all: readonly Omit<Mutation, "draw">[] = [
  {
    rule: "state",
    name: "names are committed without what their records came to",
    patches: [
      teller(
        "this.#completed = { ...entry, windows: { ...this.whole, ...(changes ? { changes } : {}) } };",
        "this.#completed = { ...entry };",
      ),
    ],
  },
  {
    rule: "state",
    name: "another environment's entry is not heeded",
    patches: [
      teller(
        "if (this.news.length > 0) {\n      this.failure",
        "if (this.news.length > 999) {\n      this.failure",
      ),
    ],
    focus: having({}, { twice: 0.8 }),
  },
  {
    rule: "state",
    name: "what a parent's log says is taken for news of its child",
    patches: [teller("if (log === own) this.news", "this.news")],
    focus: having({ uniqueIds: true }),
  },
  {
    rule: "state",
    name: "what could not be saved is not forgotten",
    patches: [
      teller("    if (!this.#of) return;\n    const { log }", "    return;\n    const { log }"),
    ],
    focus: having({}, { store: { failBefore: 0.2, lostReply: 0.2 } }),
  },
  {
    rule: "state",
    name: "after a failure what was counted is committed without its names",
    patches: [teller("if (this.failure !== undefined) {\n      //", "if (false) {\n      //")],
    focus: having(
      { smallFolds: true },
      { store: { throttle: 0.2, lostReply: 0.2, lateWrite: 0.1 } },
    ),
  },
  {
    rule: "rows",
    name: "a row that is done leaves its group",
    patches: [rows("  machine.forget(said.map(({ slot }) => slot));\n  for", "  for")],
  },
  {
    rule: "rows",
    name: "the log is not told which rows are done",
    patches: [rows("      windows: { changes: gone },", "")],
  },
  {
    rule: "rows",
    name: "rows run that another environment may have done",
    patches: [deliver("if (teller.news.length > 0) throw", "if (teller.news.length > 999) throw")],
    focus: having({ work: "rowsInTransactions" }, { twice: 0.8 }),
  },
  {
    rule: "reshards",
    name: "a child does not take its parents' windows over",
    patches: [deliver("if (isEmpty) await takeOver(", "if (false) await takeOver(")],
  },
  {
    rule: "reshards",
    name: "a child takes over what is of other keys",
    patches: [
      inherited("=> start <= place && place <= end);", "=> start <= place || place <= end);"),
    ],
  },
  {
    rule: "reshards",
    name: "a child that gets no records does not take over in a flush",
    patches: [flush("if (isEmpty && children.length === 0) {", "if (false) {")],
  },
  {
    rule: "flush",
    name: "time goes on past what is unread",
    patches: [flush("Math.min(now - graceMs, unread)", "now - graceMs")],
  },
  {
    rule: "flush",
    name: "time goes on past what is unread in the shard's children",
    patches: [flush("for (const child of descendants) {", "for (const child of [] as Shard[]) {")],
  },
  {
    rule: "flush",
    name: "an entry of rows does not say how far the shard is",
    patches: [rows("      through: log.through,\n", "")],
  },
];

export const windowMutations: readonly Mutation[] = all.map((mutation) => ({
  ...mutation,
  draw: drawWindows,
}));

const shard =
  (file: string) =>
  (from: string, to: string): Patch => ({ file: `src/sql/shard/${file}`, from, to });
const inputs = shard("inputs.ts");
const machine = shard("shard-machine.ts");

const ofSql: readonly Omit<Mutation, "draw">[] = [
  {
    rule: "state",
    name: "a record that came is not written",
    patches: [inputs("    this.#kept.push(input);\n", "")],
  },
  {
    rule: "state",
    name: "what came is not run again where it is read",
    patches: [machine("        this.#replay(body, outputs);\n", "")],
  },
  {
    rule: "state",
    name: "rows are numbered from the beginning where the state is read",
    patches: [machine("this.#ordinals.set(stream, from.varint());", "from.varint();")],
  },
  {
    rule: "reshards",
    name: "groups are taken over that are of other keys",
    patches: [machine("retain((key) => owns(String(key)),", "retain(() => true,")],
  },
  {
    rule: "reshards",
    name: "rows that were due in a parent are due nowhere",
    patches: [machine("if (!owns(machine.#ownKeyOf(row, shardId))) continue;", "continue;")],
  },
];

/** An output has no transactions, which one of them needs to show. */
export const sqlMutations: readonly Mutation[] = [
  ...all.filter(({ name }) => name !== "rows run that another environment may have done"),
  ...ofSql,
].map((mutation) => ({ ...mutation, draw: drawSql }));
