/** The values of a resource, with references in place of what is known once it is applied. */
import type { Instance, Plan } from "./plan.ts";
import { type Target, targetsOf } from "./references.ts";
import { kinds } from "./resources.ts";
import type { Sources } from "./sources.ts";

type Json = any;

/** Makes `Fn::GetAtt` and `Ref` of the references in a plan, and of the ARNs in a state. */
export function valuesOf(plan: Plan, sources: Sources): (instance: Instance) => Json {
  const made = madeBy(plan);
  return (instance) => {
    const { values, unknown, expressions } = instance;
    const completed = complete(values, unknown, expressions, "");
    return replaced(completed, instance);

    /** `argument` is the name that the value stands behind. */
    function complete(value: Json, isUnknown: Json, expression: Json, argument: string): Json {
      if (isUnknown === true) return reference(expression, argument);
      if (typeof isUnknown !== "object" || isUnknown === null) return value;
      // An expression for a map or a list as a whole stands for each value in it.
      const part = (key: string | number) =>
        Array.isArray(expression?.references) ? expression : expression?.[key];
      if (Array.isArray(isUnknown)) {
        const length = Math.max(isUnknown.length, value?.length ?? 0);
        return Array.from({ length }, (_, at) =>
          complete(value?.[at], isUnknown[at], part(at), argument),
        );
      }
      if (Object.keys(isUnknown).length === 0) return value;
      const added = Object.entries(isUnknown).map(([key, one]) => [
        key,
        complete(value?.[key], one, part(key), key),
      ]);
      return { ...value, ...Object.fromEntries(added) };
    }

    function reference(expression: Json, argument: string): Json {
      // What nobody has written is for AWS to choose.
      const references: readonly string[] | undefined = expression?.references;
      if (!references) return undefined;
      const written = sources.traversal(instance, argument);
      const meant = written ? targetsOf([written], instance, plan, sources) : [];
      const [target, ...more] =
        meant.length > 0 ? meant : targetsOf(references, instance, plan, sources);
      if (target && more.length === 0) {
        const found = intrinsic(target, argument);
        if (found !== undefined) return found;
      }
      const names = references.filter(
        (one) => !references.some((other) => other.startsWith(`${one}.`)),
      );
      return {
        "Fn::Terraform": `It comes from ${names.join(", ") || "an expression"}, and is known once it is applied: the state says it (terraform show -json).`,
      };
    }
  };

  function replaced(value: Json, self: Instance): Json {
    if (typeof value === "string") {
      const known = made.get(value);
      return known && known.address !== self.address ? known.reference : value;
    }
    if (Array.isArray(value)) return value.map((one) => replaced(one, self));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, replaced(one, self)]),
    );
  }
}

/** Undefined: the attribute is known once it is applied. */
function intrinsic({ instance, attribute = "" }: Target, argument: string): Json {
  const { address, type, values } = instance;
  const attributes = Object.hasOwn(kinds, type) ? kinds[type]!.attributes : {};
  // With an index that is worked out, the plan does not say which attribute: nearly all take the ARN.
  const name = attribute || (/(^|_)arn$/i.test(argument) ? "arn" : "id");
  if (Object.hasOwn(attributes, name)) {
    const made = attributes[name]!;
    return made === "Ref" ? { Ref: address } : { "Fn::GetAtt": [address, made] };
  }
  return values[name] ?? undefined;
}

/** By ARN or URL, as a state has them: whose it is. */
function madeBy({ resources }: Plan) {
  const found = new Map<string, { readonly address: string; readonly reference: Json }>();
  for (const instance of resources) {
    const { address, type, values } = instance;
    if (!Object.hasOwn(kinds, type)) continue;
    for (const attribute of Object.keys(kinds[type]!.attributes)) {
      const value = values[attribute];
      if (typeof value === "string" && /^(arn:|https?:)/.test(value) && !found.has(value)) {
        found.set(value, { address, reference: intrinsic({ instance, attribute }, "") });
      }
    }
  }
  return found;
}
