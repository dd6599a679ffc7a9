/** One pass over the resources of a stack: what they have in common, and what is left out. */
import type { Path } from "../document.ts";
import { Unresolvable } from "../evaluate.ts";
import type { Stack, StackResource } from "../scope.ts";
import { misshapen, propertyShapes } from "../shape.ts";
import type { Place, TemplateResource, Unsupported } from "../types.ts";

export interface Reading {
  readonly stack: Stack;
  /** Where a person changes a resource, or a part of it. */
  placeOf(logicalId: string, path?: Path): Place;
  /** Notes that this machine cannot run a resource, or one property of it. */
  leaveOut(
    resource: StackResource,
    why: string,
    path?: string,
    more?: Pick<Unsupported, "failsInLambda">,
  ): void;
}

/** A reading, and the list that it fills. */
export function startReading(
  stack: Stack,
  placeOf: Reading["placeOf"],
): Reading & { readonly unsupported: readonly Unsupported[] } {
  const unsupported: Unsupported[] = [];
  return {
    stack,
    placeOf,
    unsupported,
    leaveOut({ logicalId, type }, why, path, more = {}) {
      const place = placeOf(logicalId, path?.split("."));
      unsupported.push({
        logicalId,
        type,
        ...(path !== undefined && { path }),
        why,
        place,
        ...more,
      });
    },
  };
}

/**
 * Name, ARN and properties of a resource. Undefined, and noted, where the name is known in the cloud
 * only. Properties that are known there only are noted, and left out.
 */
export function readResource(
  { stack, placeOf, leaveOut }: Reading,
  resource: StackResource,
): TemplateResource | undefined {
  const { logicalId, type, source, path } = resource;
  try {
    const at = [...path, "Properties"];
    const properties =
      stack.resolve(source.Properties ?? {}, at, (problem) =>
        leaveOut(resource, problem.message, pathIn(resource, problem)),
      ) ?? {};
    const wrong = misshapen(properties, propertyShapes[type] ?? "map", at);
    if (wrong) stack.fail(wrong.why, wrong.path);
    return {
      logicalId,
      type,
      name: stack.nameOf(resource),
      arn: stack.arnOf(resource),
      properties,
      place: placeOf(logicalId),
      propertyPlaces: Object.fromEntries(
        Object.keys(properties).map((name) => [name, placeOf(logicalId, ["Properties", name])]),
      ),
    };
  } catch (problem) {
    if (!(problem instanceof Unresolvable)) throw problem;
    leaveOut(resource, problem.message, pathIn(resource, problem));
    return undefined;
  }
}

/** `Properties.Environment.Variables.HOST`; undefined where the trouble is in another resource. */
function pathIn({ logicalId }: StackResource, { path }: Unresolvable): string | undefined {
  if (path[1] !== logicalId) return undefined;
  const function_ = path.findIndex((step) => step === "Ref" || String(step).startsWith("Fn::"));
  return path.slice(2, function_ === -1 ? undefined : function_).join(".");
}

/** CloudFormation takes `"true"` and `"5"` as well, and reads YAML 1.1, where `yes` and `on` are true. */
export const isTrue = (value: unknown): boolean => /^(true|yes|on)$/i.test(String(value));

export const numberOf = (value: unknown): number | undefined =>
  value === undefined ? undefined : Number(value);

/** Without the members that are undefined. */
export function defined<T extends object>(
  members: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], undefined> };
}
