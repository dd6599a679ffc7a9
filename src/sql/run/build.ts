/** From a logical plan to operators that push rows to one another. */
import {
  type ApplicationPlan,
  type GroupPlan,
  inputsOf,
  type Plan,
  type TableFunctionPlan,
} from "../plan/plan.ts";
import type { Typed } from "../plan/typed.ts";
import { CountingOperator } from "./counting.ts";
import { compile, compileCondition } from "./evaluate.ts";
import { GroupOperator, StaggerOperator } from "./group.ts";
import { JoinOperator, LookupOperator, type Remember } from "./join.ts";
import { ModelOperator, type Models } from "./models.ts";
import type { Bound, Sink, Site } from "./operator.ts";
import { MergeOperator, PartOperator } from "./parts.ts";
import { SlidingOperator } from "./sliding.ts";
import { DistinctOperator, OrderOperator } from "./sorted.ts";

/** Where rows of a stream go in. */
export interface Inlet {
  readonly stream: string;
  readonly push: Sink;
}

export interface Built {
  readonly inlets: readonly Inlet[];
  /** Until when no more rows come out, when the machine's time is known. */
  readonly bound: Bound;
}

export interface BuildSite extends Site {
  /** Of a stream: until when no more rows come. */
  readonly boundOf: (stream: string) => Bound;
  readonly models: Models;
  readonly lookup: (table: string, operator: LookupOperator) => void;
  readonly remember: Remember;
  /** Where parts of these groups are merged, and the operator that does it. What stands below runs elsewhere. */
  readonly merging?: (plan: GroupPlan, operator: MergeOperator, bound: Bound) => void;
  readonly cuts?: readonly GroupPlan[];
}

/** From the last operator to the first: each knows where its rows go. */
export function build(plan: Plan, out: Sink, site: BuildSite): Built {
  const { guarded } = site;
  const withState = <Operator extends { push: Sink } & Parameters<Site["keep"]>[0]>(
    operator: Operator,
    input: Plan,
  ): Built => {
    site.keep(operator, plan);
    return build(input, operator.push, site);
  };
  if (plan.op === "group" && site.cuts?.includes(plan)) return buildMerge(plan, out, site);
  switch (plan.op) {
    case "scan":
      return { inlets: [{ stream: plan.stream, push: out }], bound: site.boundOf(plan.stream) };
    case "filter": {
      const holds = compileCondition(plan.condition);
      return build(plan.input, (row, time) => holds(row, time) && out(row, time), site);
    }
    case "project": {
      const built = build(plan.input, projected(plan.items, plan.time, out), site);
      return plan.time ? { ...built, bound: moved(built.bound, plan.time) } : built;
    }
    case "group":
    case "stagger":
    case "order": {
      const operator =
        plan.op === "group"
          ? new GroupOperator(plan, out, guarded)
          : plan.op === "stagger"
            ? new StaggerOperator(plan, out, guarded)
            : new OrderOperator(plan, out, guarded);
      const built = withState(operator, plan.input);
      site.time(operator, built.bound);
      return built;
    }
    case "window":
      return withState(new SlidingOperator(plan, out), plan.input);
    case "distinct":
      return withState(new DistinctOperator(plan, out), plan.input);
    case "lookup": {
      const operator = new LookupOperator(plan, out, site.remember);
      site.lookup(plan.table, operator);
      return build(plan.input, operator.push, site);
    }
    case "join": {
      const operator = new JoinOperator(plan, out, guarded);
      site.keep(operator, plan);
      const [left, right] = [
        build(plan.left, operator.pushLeft, site),
        build(plan.right, operator.pushRight, site),
      ];
      const bound = earliest([left.bound, right.bound]);
      site.time(operator, bound);
      return { inlets: [...left.inlets, ...right.inlets], bound };
    }
    case "union": {
      const built = plan.inputs.map((input) => build(input, out, site));
      return {
        inlets: built.flatMap(({ inlets }) => inlets),
        bound: earliest(built.map(({ bound }) => bound)),
      };
    }
    case "tableFunction":
      return buildFunction(plan, out, site);
  }
}

function buildMerge(plan: GroupPlan, out: Sink, site: BuildSite): Built {
  const operator = new MergeOperator(plan, out, site.guarded);
  const bound = boundOf(plan.input, site);
  site.keep(operator, plan);
  site.time(operator, bound);
  site.merging!(plan, operator, bound);
  return { inlets: [], bound };
}

const nowhere = () => {};

/** Until when no more rows come out of it, where it runs elsewhere. */
export const boundOf = (plan: Plan, site: BuildSite): Bound =>
  build(plan, nowhere, { ...site, keep: nowhere, time: nowhere, lookup: nowhere, merging: nowhere })
    .bound;

/** The parts of groups in a shard: what stands above them runs elsewhere. */
export function buildParts(
  plan: Plan,
  site: BuildSite,
  found: (plan: GroupPlan, operator: PartOperator, bound: Bound) => void,
): readonly Inlet[] {
  if (plan.op !== "group" || !site.cuts!.includes(plan))
    return inputsOf(plan).flatMap((input) => buildParts(input, site, found));
  const operator = new PartOperator(plan);
  site.keep(operator, plan);
  const { bound, inlets } = build(plan.input, operator.push, site);
  found(plan, operator, bound);
  return inlets;
}

function buildFunction(plan: TableFunctionPlan, out: Sink, site: BuildSite): Built {
  if (!plan.name.endsWith("_TUMBLING")) {
    const operator = new ModelOperator(plan, out, site.models);
    site.keep(operator, plan);
    return build(plan.input, operator.push, site);
  }
  const operator = new CountingOperator(plan, out, site.guarded);
  site.keep(operator, plan);
  const built = build(plan.input, operator.push, site);
  site.time(operator, built.bound);
  return built;
}

function projected(items: readonly Typed[], time: Typed | undefined, out: Sink): Sink {
  const compiled = items.map(compile);
  const { length } = compiled;
  const other = time && compile(time);
  return (row, at) => {
    const values = new Array(length);
    for (let place = 0; place < length; place++) values[place] = compiled[place]!(row, at);
    const moment = other ? other(row, at) : at;
    // A row without a time belongs nowhere.
    if (moment !== null) out(values, moment as number);
  };
}

/** What `AS ROWTIME` makes of it: nothing is known where that depends on more than the time. */
function moved(bound: Bound, time: Typed): Bound {
  if (!bound || !time.isOfTime || time.course !== "up") return undefined;
  const run = compile(time);
  return (now) => run([], bound(now)) as number;
}

export function earliest(bounds: readonly Bound[]): Bound {
  const [first] = bounds;
  if (bounds.every((bound) => bound === first)) return first;
  if (bounds.some((bound) => bound === undefined)) return undefined;
  return (now) => Math.min(...bounds.map((bound) => bound!(now)));
}

/** Streams, in the order in which rows reach them. */
export const streamsInOrder = ({ pumps, sources, streams }: ApplicationPlan): readonly string[] => {
  const written = [...new Set(pumps.map(({ target }) => target))];
  const rest = streams.map(({ name }) => name).filter((name) => !written.includes(name));
  return [...sources.map(({ name }) => name), ...written, ...rest];
};
