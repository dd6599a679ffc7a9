/** For each promise of windows, code that breaks it: a day must notice. */
import type { Patch } from "../load-program.ts";
import type { Mutation } from "../mutations.ts";
import type { ConsumerSetup, Rates, Scenario } from "../scenario.ts";
import { drawIn, drawSql, drawWindows } from "./scenario.ts";

const inFile =
  (file: string) =>
  (from: string, to: string): Patch => ({ file: `src/${file}`, from, to });
const deliver = inFile("consumer/state/deliver.ts");
const flush = inFile("consumer/state/flush.ts");
const inherited = inFile("consumer/state/inherited.ts");
const runRows = inFile("consumer/state/run-rows.ts");
const saveRows = inFile("consumer/state/save-rows.ts");
const shardState = inFile("consumer/state/shard-state.ts");
const teller = inFile("consumer/state/teller.ts");
const unread = inFile("consumer/state/unread.ts");

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
        "this.#completed = { ...entry, windows: { ...whole, ...(changes && { changes }) } };",
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
    patches: [teller("if (log === own) this.news.push", "this.news.push")],
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
    // One day in two thousand shows it.
    focus: () =>
      having(
        { smallFolds: true },
        { store: { throttle: 0.2, lostReply: 0.2, lateWrite: 0.1 } },
      )(drawWindows(32038)),
  },
  {
    rule: "rows",
    name: "a row that is done leaves its group",
    patches: [
      saveRows("    machine.forget([...said.done, ...said.parked].map(({ slot }) => slot));\n", ""),
    ],
  },
  {
    rule: "rows",
    name: "the log is not told which rows are done",
    patches: [saveRows("          changes: teller.kind.writeDone(machine, gone),\n", "")],
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
    patches: [flush("if (!isEmpty || state.handed) return", "if (true as boolean) return")],
  },
  {
    rule: "reshards",
    name: "a shard that never had a record does not pass its parents' windows on",
    patches: [inherited("const found = isEmpty\n", "const found = (false as boolean)\n")],
  },
  {
    rule: "reshards",
    name: "a flush takes over from a shard whose records are not read yet",
    patches: [inherited("if (!mayTell) return undefined;", "")],
  },
  {
    rule: "reshards",
    name: "a child does not look whether a row was done where it was due first",
    patches: [runRows("    state.doneUnsaved.add(slot);\n", "")],
    // One day in thousands shows it.
    focus: () => drawWindows(25101315),
  },
  {
    rule: "state",
    name: "a state is taken for known beyond what it has taken in",
    patches: [shardState("its?.upTo === upTo ? its?.state : undefined", "its?.state")],
  },
  {
    rule: "flush",
    name: "time goes on past what is unread",
    patches: [flush("Math.min(Math.floor(now - graceMs), unread)", "Math.floor(now - graceMs)")],
  },
  {
    rule: "flush",
    name: "time goes on past what is unread in the shard's children",
    patches: [unread("for (const child of descendants) {", "for (const child of [] as Shard[]) {")],
  },
  {
    rule: "flush",
    name: "an entry of rows, or a claim, does not say how far the shard is",
    patches: [
      inFile("progress/append.ts")(
        "through: outer(draft.through, log.through, 1),",
        "through: draft.through,",
      ),
    ],
  },
  {
    rule: "flush",
    name: "time goes on past the rest of an aggregate that was counted in part",
    patches: [unread("if (!isWhole) return stored.arrival;", "")],
    focus: () => drawIn("sql")(24200193),
  },
  {
    rule: "flush",
    name: "where no batch says where an aggregate ends, its rest is waited for though it was counted",
    patches: [unread("if (!plan.uniqueId) return false;", "if (true as boolean) return false;")],
    focus: having({ uniqueIds: true }),
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
const dueRows = shard("due-rows.ts");

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
    patches: [dueRows("this.#ordinals.set(stream, from.varint());", "from.varint();")],
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

const reach = inFile("consumer/state/reach.ts");
const parts = inFile("sql/run/machine.ts");
const merged = inFile("consumer/state/merged.ts");

/** Of groups that are of all shards together. */
const ofMerged: readonly Omit<Mutation, "draw">[] = [
  {
    rule: "merged",
    name: "what a shard has given before counts again",
    patches: [parts("        if (end <= taken) return false;\n", "")],
    focus: having({}, { kill: 0.2 }),
  },
  {
    rule: "merged",
    name: "what was given is forgotten without having been given",
    patches: [deliver("[{ shard, part }], shard, invocation", "[], shard, invocation")],
  },
  {
    rule: "merged",
    name: "a shard that is behind is not waited for",
    patches: [reach("    if (its < time || !last) [time", "    if (its > time || !last) [time")],
  },
  {
    rule: "merged",
    name: "a shard that has given nothing is not waited for",
    patches: [
      reach(
        "Math.min(...parents.map(reach)) : Number.NEGATIVE_INFINITY;",
        "Math.min(...parents.map(reach)) : Number.POSITIVE_INFINITY;",
      ),
    ],
  },
  {
    rule: "merged",
    name: "one that has given nothing has come as far as the one of its parents that is ahead",
    patches: [reach("Math.min(...parents.map(reach))", "Math.max(...parents.map(reach))")],
  },
  {
    rule: "merged",
    name: "rows that another shard has claimed are run",
    patches: [merged("      held.by !== by &&\n", '      held.by === "" &&\n')],
  },
  {
    rule: "merged",
    name: "what a parent has of what is over is not given for it",
    patches: [inherited("      await give({ shard: shardOfLog(log), part });\n", "")],
  },
  {
    rule: "merged",
    name: "each child takes what is of no key",
    patches: [inherited("    return heir === source.shardId;", "    return true;")],
  },
  {
    rule: "merged",
    name: "no child takes what is of no key",
    patches: [inherited("    return heir === source.shardId;", "    return false;")],
  },
  {
    rule: "merged",
    name: "what has come two ways from one parent is taken twice",
    patches: [inherited("!taken.has(log) && isHeirOf(shardId)", "isHeirOf(shardId)")],
  },
  {
    rule: "merged",
    name: "a flush begins a shard before its parents have handed it over",
    patches: [flush("if (state.handed || isQuiet || !isReady)", "if (state.handed || isQuiet)")],
  },
  {
    rule: "merged",
    name: "a parent that never had a record is not told that its children have begun",
    patches: [inherited("(found.length === 0 && !kind.merging)", "found.length === 0")],
    // One day in thousands shows it.
    focus: () => drawIn("merged")(2156),
  },
  {
    rule: "merged",
    name: "a shard in which nothing is open does not say how late it is",
    patches: [machine("|| this.#endsBetween(this.#machine.time, time);", "|| (false as boolean);")],
  },
];

/** An output has no transactions, which one of them needs to show; another shows on days of windows alone, of a thousand. */
const notInSql = [
  "rows run that another environment may have done",
  "after a failure what was counted is committed without its names",
];

export const sqlMutations: readonly Mutation[] = [
  ...all.filter(({ name }) => !notInSql.includes(name)),
  ...ofSql,
]
  .map((mutation): Mutation => ({ ...mutation, draw: drawSql }))
  .concat(ofMerged.map((mutation) => ({ ...mutation, draw: drawIn("merged") })));
