/** From the references of an expression to the resource whose attribute it is. */
import { type Instance, type Plan, stepsOf } from "./plan.ts";
import type { Sources } from "./sources.ts";

/** An attribute of a resource; without one it is only known which resource. */
export interface Target {
  readonly instance: Instance;
  readonly attribute?: string;
}

/** From where an expression is looked at. */
interface Standpoint {
  readonly module: string;
  readonly index?: string | number | undefined;
  readonly forEach?: unknown;
}

/** References may go through modules and locals, and not in a circle: Terraform refuses that. */
const longestChain = 50;

/** Each resource that an expression is made of, once. Empty: what it is made of is not in the plan. */
export function targetsOf(
  references: readonly string[],
  from: Standpoint,
  plan: Plan,
  sources: Sources,
): readonly Target[] {
  const found = new Map<string, Target>();
  const look = (all: readonly string[], at: Standpoint, depth: number): void => {
    if (depth > longestChain) return;
    // `a.b.c` comes with `a.b`, its beginning.
    const whole = all.filter((one) => !all.some((other) => isBeginning(one, other)));
    for (const reference of whole) {
      const [head = "", name = ""] = stepsIn(reference);
      const next = (expression: any, where: Standpoint) =>
        look(expression?.references ?? [], where, depth + 1);
      if (/^(each\.key|count|path|terraform|self)\b/.test(reference)) continue;
      if (head === "var") {
        const call = plan.moduleCall(at.module);
        next(call?.expressions[name], standpointOf(at.module));
      } else if (head === "local") {
        const traversal = sources.local(at.module, name);
        if (traversal) look([traversal], at, depth + 1);
      } else if (head === "each") {
        for (const target of withIndex((at.forEach as any)?.references ?? [], at)) {
          const attribute = stepsIn(reference)[2];
          keep({ ...target, ...(attribute !== undefined && { attribute }) });
        }
      } else if (head === "module") {
        const own = /\[(each\.key|count\.index)\]/.test(reference)
          ? `[${JSON.stringify(at.index)}]`
          : "";
        const called = `module.${name}${indexIn(reference) || own}`;
        const inner = [at.module, called].filter(Boolean).join(".");
        next(plan.moduleCall(inner)?.outputs[stepsIn(reference)[2] ?? ""]?.expression, {
          module: inner,
        });
      } else if (head !== "data") {
        for (const target of withIndex([reference], at)) keep(target);
      }
    }
  };
  const keep = (target: Target) =>
    found.set(`${target.instance.address} ${target.attribute}`, target);

  /** The instances that a reference means: the one that is named, the only one, the one of the same index. */
  const withIndex = (all: readonly string[], { module, index }: Standpoint): Target[] =>
    all.flatMap((reference) => {
      const [type = "", name = "", attribute] = stepsIn(reference);
      const steps = stepsOf(module).join(".");
      const named = indexIn(reference);
      const alike = plan.resources.filter(
        (one) =>
          one.type === type &&
          one.name === name &&
          (one.module === module || stepsOf(one.module).join(".") === steps),
      );
      const near = alike.some((one) => one.module === module)
        ? alike.filter((one) => one.module === module)
        : alike;
      const exact = near.filter((one) => named !== "" && one.address.endsWith(named));
      const same = near.filter((one) => one.index === index);
      const [only] = exact.length > 0 ? exact : near.length === 1 ? near : same;
      return only ? [{ instance: only, ...(attribute !== undefined && { attribute }) }] : [];
    });
  look(references, from, 0);
  return [...found.values()];
}

/** Where a module is called: in the one around it, with its own index. */
function standpointOf(module: string): Standpoint {
  const [, outer = "", index] = /^(?:(.*)\.)?module\.[\w-]+(?:\[([^\]]*)\])?$/.exec(module) ?? [];
  return { module: outer, ...(index !== undefined && { index: JSON.parse(index) }) };
}

const isBeginning = (one: string, other: string) =>
  other.length > one.length && other.startsWith(one) && /^[.[]/.test(other.slice(one.length));

/** `aws_sqs_queue.late["x"].arn` has the steps aws_sqs_queue, late, arn. */
const stepsIn = (reference: string) => reference.replace(/\[[^\]]*\]/g, "").split(".");

/** `["x"]`, if it is a constant. */
const indexIn = (reference: string) => /\[(?:"[^"]*"|\d+)\]/.exec(reference)?.[0] ?? "";
