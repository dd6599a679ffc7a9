/**
 * Scaling, simulated: 14 days by the minute, metrics two minutes late, beside models of public scalers and a stream that is fixed at its
 * peak. `npm run bench -- scaling`.
 */
import { scalerOf } from "../packages/local/src/plan/scaling/ours.ts";
import {
  type Scaler,
  type ScalingOutcome,
  simulateScaling,
} from "../packages/local/src/plan/scaling/simulate.ts";
import { policyOf } from "../src/scaling/policy.ts";
import type { Row, RowSet } from "./harness.ts";
import { drawn, flights, flightsDay, shapes, withSpikes } from "./scaling/curves.ts";
import { knownDay } from "./scaling/oracle.ts";
import { awsSamples, fixedAt, substation } from "./scaling/peers.ts";

export const scaling: RowSet = { name: "scaling", rows };

const day = 1440;
const policy = policyOf({ max: 10_000 });
/** Two of twenty minutes, at noon and in the morning. */
const spikes = [5 * day + 700, 9 * day + 600];
/** The day of the first of them. */
const spiked = Math.floor(spikes[0]! / day);
const seeds = [1, 2, 3];
/** Drawn for nothing but this: the numbers of the policy were chosen by other seeds. */
const heldOut = Array.from({ length: 8 }, (_, index) => 90_000 + index);

async function* rows(): AsyncGenerator<Row> {
  const shape = await flightsDay();
  for (const peak of [12, 120]) {
    for (const at of [[], spikes]) {
      const loads = seeds.map((seed) => withSpikes(flights(shape, peak, seed), at));
      const name = `flights, ${peak} shards at the peak${at.length > 0 ? ", 2 spikes of 3 ×" : ""}`;
      const { values, ...row } = compared(name, loads);
      const most = Number(values["their refused share"]) * goals.limits["of its throttled"];
      yield { ...row, values: { ...values, known: known(loads[0]!, most, spiked) }, ...goals };
    }
  }
  const all: Float64Array[] = [];
  for (const name of Object.keys(shapes)) {
    const loads = heldOut.map((seed) => drawn(name, seed));
    all.push(...loads);
    yield compared(`held out: ${name}`, loads);
  }
  yield { ...compared("held out: all of them", all), ...goals };
  yield limits(10_000);
}

/** Of aws-samples' shard hours, and of what it refuses; operations in any 24 hours. */
const goals = { limits: { "of its hours": 1.15, "of its throttled": 0.05, "operations a day": 8 } };

function compared(name: string, loads: readonly Float64Array[]): Row {
  const of = (scaler: () => Scaler) => sum(loads.map((load) => run(load, scaler())));
  const ours = of(() => scalerOf(policy));
  const theirs = of(awsSamples);
  const fixed = sum(
    loads.map((load) => simulateScaling({ load, shards: fixedAt(load) }, () => undefined)),
  );
  return {
    name,
    peer: "aws-samples/kinesis-auto-scaling",
    values: {
      "of its hours": ours.shardHours / theirs.shardHours,
      // Where it refuses nothing, nothing may be refused.
      "of its throttled": ours.throttled / (theirs.throttled || Number.MIN_VALUE),
      "operations a day": ours.mostOperationsInADay,
      ours: told(ours),
      "aws-samples": told(theirs),
      substation: told(of(substation)),
      fixed: told(fixed),
      "their refused share": theirs.throttled / theirs.offered,
    },
  };
}

/** Begins as large as the first minute needs. */
const run = (load: Float64Array, scaler: Scaler) =>
  simulateScaling({ load, shards: Math.max(1, Math.ceil(load[0]! / 0.75)) }, scaler);

type Sum = Omit<ScalingOutcome, "shards" | "begun">;

function sum(outcomes: readonly Sum[]): Sum {
  return outcomes.reduce((a, b) => ({
    shardHours: a.shardHours + b.shardHours,
    idealShardHours: a.idealShardHours + b.idealShardHours,
    offered: a.offered + b.offered,
    throttled: a.throttled + b.throttled,
    operations: a.operations + b.operations,
    mostOperationsInADay: Math.max(a.mostOperationsInADay, b.mostOperationsInADay),
    refused: a.refused + b.refused,
  }));
}

/** Shard hours over what each minute fills, and the share of the data that was refused. */
const told = ({ shardHours, idealShardHours, throttled, offered }: Sum) =>
  `${(shardHours / idealShardHours).toFixed(2)} × and ${((100 * throttled) / offered).toFixed(3)} %`;

/** With a day known to the last minute, as many operations as ours has, and no more refused than the goal says. */
function known(load: Float64Array, most: number, of: number): string {
  const { hours, refused } = knownDay(load.slice((of - 1) * day, (of + 2) * day), 8, most);
  return `${hours.toFixed(2)} × and ${(100 * refused).toFixed(3)} %`;
}

/** Three days of each of so many curves: no call that AWS would refuse. */
function limits(curves: number): Row {
  const names = Object.keys(shapes);
  let refused = 0;
  let most = 0;
  for (let seed = 0; seed < curves; seed++) {
    const load = drawn(names[seed % names.length]!, 100_000 + seed, 3 * day);
    const outcome = run(load, scalerOf(policy));
    refused += outcome.refused;
    most = Math.max(most, outcome.mostOperationsInADay);
  }
  return {
    name: `${curves.toLocaleString("en")} curves of three days`,
    values: { refused, "operations a day": most },
    limits: { refused: 0, "operations a day": 8 },
  };
}
