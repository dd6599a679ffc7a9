/** `npm run faults`: draws bad days, and says which of them broke a promise. */
import { parseArgs } from "node:util";
import { progressBar } from "../../packages/cli/src/terminal/progress-bar.ts";
import { drawScenario } from "./draw.ts";
import { programsWith } from "./load-program.ts";
import { exploreMappings } from "./mapping/run.ts";
import { type Caught, checkMutations } from "./mutation-check.ts";
import { type Mutation, mutations } from "./mutations.ts";
import { exploreProducer, tryProducerMutations } from "./producer/run.ts";
import { shrink } from "./shrink.ts";
import { story } from "./story.ts";
import { sqlMutations, windowMutations } from "./windows/mutations.ts";
import { drawSql, drawWindows } from "./windows/scenario.ts";
import { exploreWorkers, tryWorkerMutations } from "./worker/run.ts";
import { runScenario } from "./world.ts";

const help = `npm run faults -- [options]

Runs the whole program under a virtual clock and a seed, with everything going wrong that can,
and checks that nothing is lost, repeated or out of order beyond what is promised.

  --seed N       replays the day of this seed; with --runs or --minutes, explores from there
  --runs N       explores so many days                                   (default: 100)
  --minutes M    explores for so long
  --mutations    breaks the program on purpose, rule by rule, and shows which seed notices
  --rule N       only the mutations of this rule; may be given several times
  --story        tells a replayed day even if nothing was wrong with it
  --mapping      the event source mapping alone, with any function
  --windows      a consumer that counts its records in windows
  --sql          a consumer that counts them in SQL
  --producer     a producer, and a stream that resharding, refusals and lost replies beset
  --worker       a fleet of workers that are killed, stand still, lose replies and reshard
  --json         one line of JSON at the end, and no progress
  --help
`;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string" },
    minutes: { type: "string" },
    mutations: { type: "boolean", default: false },
    rule: { type: "string", multiple: true, default: [] },
    story: { type: "boolean", default: false },
    mapping: { type: "boolean", default: false },
    windows: { type: "boolean", default: false },
    sql: { type: "boolean", default: false },
    producer: { type: "boolean", default: false },
    worker: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const kinds = (["mapping", "windows", "sql", "producer", "worker"] as const).filter(
  (kind) => values[kind],
);
if (kinds.length > 1) {
  throw new RangeError(`--${kinds[0]} and --${kinds[1]} are days of two kinds: give one of them.`);
}
const seed = wholeNumber("seed", values.seed) ?? 1;
const draw = values.sql ? drawSql : values.windows ? drawWindows : drawScenario;
if (values.help) console.log(help);
else if (values.mapping) await exploreMapping();
else if (values.producer) await exploreProducers();
else if (values.worker) await exploreFleets();
else if (values.mutations) await tryMutations();
else if (values.seed && !values.runs && !values.minutes) await replay();
else await explore();

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new RangeError(`--${name} takes a whole number from 0, and was given ${text}.`);
}

/** One day, once more; shorter and told if something is wrong with it. */
async function replay(): Promise<void> {
  const whole = draw(seed);
  const program = await programsWith()(whole);
  const found = await runScenario(whole, program, { isTold: values.story });
  const isBad = found.violations.length > 0;
  if (isBad) {
    const shortest = await shrink(whole, program);
    console.error(story(shortest, await runScenario(shortest, program, { isTold: true })));
  } else if (values.story) console.error(story(whole, found));
  summarise({ ...found, runs: 1, seeds: isBad ? [seed] : [] });
}

async function explore(): Promise<void> {
  const programOf = programsWith();
  const runs = wholeNumber("runs", values.runs) ?? 100;
  const minutes = wholeNumber("minutes", values.minutes);
  const until = performance.now() + (minutes ?? 0) * 60_000;
  const total = minutes === undefined ? runs : Math.ceil(minutes * 60);
  const bar = values.json
    ? undefined
    : progressBar(minutes === undefined ? "days" : "seconds", total);
  const sum = { runs: 0, records: 0, faults: 0, invocations: 0, seeds: [] as number[] };
  for (let current = seed; ; current++) {
    const isOver = minutes === undefined ? sum.runs === runs : performance.now() >= until;
    if (isOver) break;
    const scenario = draw(current);
    const found = await runScenario(scenario, await programOf(scenario));
    sum.runs++;
    sum.records += found.records;
    sum.faults += found.faults;
    sum.invocations += found.invocations;
    if (found.violations.length > 0) {
      sum.seeds.push(current);
      const { rule, what } = found.violations[0]!;
      console.error(`seed ${current}: ${rule}: ${what}`);
    }
    bar?.update(
      minutes === undefined ? sum.runs : total - Math.ceil((until - performance.now()) / 1000),
    );
  }
  bar?.end();
  if (sum.seeds.length > 0) {
    console.error(
      `The story of the first: npm run faults --${values.sql ? " --sql" : values.windows ? " --windows" : ""} --seed ${sum.seeds[0]}`,
    );
  }
  summarise(sum);
}

function summarise(sum: {
  readonly runs: number;
  readonly records: number;
  readonly faults: number;
  readonly invocations: number;
  readonly seeds: readonly number[];
}): void {
  const { runs, records, faults, invocations, seeds } = sum;
  const violations = seeds.length;
  if (values.json) {
    console.log(JSON.stringify({ seed, runs, records, faults, invocations, violations, seeds }));
  } else {
    console.log(
      `faults: ${runs} runs from seed ${seed}, ${records} records, ${invocations} invocations, ${faults} faults, ${violations} violations`,
    );
  }
  if (violations > 0) process.exitCode = 1;
}

async function tryMutations(): Promise<void> {
  const chosen = mutationsOf(values.rule);
  const caught = await checkMutations(chosen, seed, (one) => {
    if (!values.json) console.log(line(one));
  });
  const missed = caught.filter((one) => one.seed === undefined);
  if (values.json)
    console.log(JSON.stringify({ mutations: caught.length, missed: missed.length, caught }));
  else console.log(`mutations: ${caught.length}, ${caught.length - missed.length} caught`);
  if (missed.length > 0) process.exitCode = 1;
}

function mutationsOf(rules: readonly string[]): readonly Mutation[] {
  const all = values.sql ? sqlMutations : values.windows ? windowMutations : mutations;
  if (rules.length === 0) return all;
  for (const wanted of rules) {
    if (all.some(({ rule }) => isOf(rule, wanted))) continue;
    const names = new Set(all.flatMap(({ rule }) => rule.split(", ").map(firstWord)));
    throw new RangeError(`--rule takes one of: ${[...names].join(", ")}; not ${wanted}.`);
  }
  return all.filter(({ rule }) => rules.some((wanted) => isOf(rule, wanted)));
}

/** `14 attempts, 16 fan-out` is of both rules. */
function isOf(rule: string, wanted: string): boolean {
  return rule.split(", ").some((each) => firstWord(each) === wanted);
}

function firstWord(text: string): string {
  return text.split(" ")[0]!;
}

function line({ rule, name, seed: by, violation }: Caught): string {
  const found = by === undefined ? "NOT CAUGHT" : `seed ${by}`;
  return `${found.padEnd(10)}  ${rule}: ${name}${violation ? `\n            ${violation.slice(0, 160)}` : ""}`;
}

async function exploreMapping(): Promise<void> {
  if (values.mutations || values.story || values.rule.length > 0) {
    throw new RangeError("--mapping goes with --seed, --runs, --minutes and --json alone.");
  }
  const isFine = await exploreMappings({
    seed,
    runs: wholeNumber("runs", values.runs) ?? 100,
    minutes: wholeNumber("minutes", values.minutes),
    json: values.json,
  });
  if (!isFine) process.exitCode = 1;
}

async function exploreFleets(): Promise<void> {
  const { json, story } = values;
  const single = values.seed !== undefined && !values.runs && !values.minutes;
  const isFine = values.mutations
    ? await tryWorkerMutations(seed, json)
    : await exploreWorkers({
        ...{ seed, json, story },
        runs: wholeNumber("runs", values.runs) ?? (single ? 1 : 100),
        minutes: wholeNumber("minutes", values.minutes),
      });
  if (!isFine) process.exitCode = 1;
}

async function exploreProducers(): Promise<void> {
  const { json, story } = values;
  const single = values.seed !== undefined && !values.runs && !values.minutes;
  const isFine = values.mutations
    ? await tryProducerMutations(seed, json)
    : await exploreProducer({
        ...{ seed, json, story },
        runs: wholeNumber("runs", values.runs) ?? (single ? 1 : 100),
        minutes: wholeNumber("minutes", values.minutes),
      });
  if (!isFine) process.exitCode = 1;
}
