/**
 * Stacks within a stack, written out in the template around them: their resources under the name of the
 * application before their own, parameters as what is given for them, and outputs as their values.
 */
import type { Path, TemplateDocument } from "./document.ts";
import { TemplateError } from "./error.ts";

type Source = Record<string, any>;

/** A resource of a stack within: from which document, and under which name there. */
export interface Origin {
  readonly document: TemplateDocument;
  readonly logicalId: string;
}

export interface Flattened {
  readonly document: TemplateDocument;
  /** Of the resources that came from within, by the name that they have now. */
  readonly origins: ReadonlyMap<string, Origin>;
}

const stackTypes = ["AWS::Serverless::Application", "AWS::CloudFormation::Stack"];
const deepest = 10;

/**
 * `open` gives the document of a stack within, transformed; undefined where it is not on this machine.
 *
 * @example
 * // Orders: { Type: AWS::Serverless::Application, Properties: { Location: orders.yaml } } with a
 * // stream Flights becomes OrdersFlights; GetAtt Orders.Outputs.StreamArn is what orders.yaml outputs.
 */
export async function withoutNested(
  document: TemplateDocument,
  open: (resource: Source, within: TemplateDocument) => Promise<TemplateDocument | undefined>,
  around: readonly string[] = [document.file],
): Promise<Flattened> {
  const { Resources = {} } = (document.value ?? {}) as Source;
  const origins = new Map<string, Origin>();
  let value = document.value as Source;
  for (const [name, resource] of Object.entries<Source>(Resources ?? {})) {
    if (!stackTypes.includes(resource?.Type)) continue;
    const found = await open(resource, document);
    if (!found) continue;
    if (around.includes(found.file) || around.length > deepest) {
      const line = document.lineOf(["Resources", name]);
      throw new TemplateError(`${name} is ${found.file}, which stands around it already.`, {
        place: { file: document.file, ...(line !== undefined && { line }) },
      });
    }
    const inner = await withoutNested(found, open, [...around, found.file]);
    // What it is given may come from one that was written out before.
    value = merged(value, name, value.Resources[name], inner.document.value as Source);
    for (const logicalId of Object.keys((inner.document.value as Source).Resources ?? {})) {
      origins.set(
        `${name}${logicalId}`,
        inner.origins.get(logicalId) ?? { document: found, logicalId },
      );
    }
  }
  return { document: { ...document, value }, origins };
}

/** The template with the resources of a stack in place of it. */
function merged(template: Source, name: string, app: Source, inner: Source): Source {
  const given: Source = app.Properties?.Parameters ?? {};
  const own = (section: string): string[] => Object.keys(inner[section] ?? {});
  const renamed = (id: string) => `${name}${id}`;
  const [resources, conditions, parameters, maps] = [
    ...["Resources", "Conditions", "Parameters", "Mappings"],
  ].map((section) => new Set(own(section))) as [Set<string>, Set<string>, Set<string>, Set<string>];

  const reference = (id: string): unknown => {
    if (resources.has(id)) return { Ref: renamed(id) };
    if (!parameters.has(id)) return { Ref: id };
    return Object.hasOwn(given, id) ? given[id] : { Ref: renamed(id) };
  };
  const inside = rewriter({
    reference,
    attribute: ([id, ...rest]) =>
      resources.has(String(id)) ? { "Fn::GetAtt": [renamed(String(id)), ...rest] } : undefined,
    condition: (id) => (conditions.has(id) ? renamed(id) : id),
    map: (id) => (maps.has(id) ? renamed(id) : id),
  });
  const outside = rewriter({
    reference: (id) => ({ Ref: id }),
    attribute: ([id, ...rest]) => {
      const [kind, output = ""] = rest.join(".").split(".");
      const found = id === name && kind === "Outputs" && inner.Outputs?.[output];
      return found ? inside(found.Value) : undefined;
    },
    condition: (id) => id,
    map: (id) => id,
  });

  const { [name]: _, ...others } = template.Resources as Source;
  const more: Source = {};
  const conditionOf = (own: string | undefined): string | undefined => {
    if (own === undefined || app.Condition === undefined) {
      return own === undefined ? app.Condition : renamed(own);
    }
    const both = `${renamed(own)}And${app.Condition}`;
    more[both] = { "Fn::And": [{ Condition: renamed(own) }, { Condition: app.Condition }] };
    return both;
  };
  const added = Object.entries<Source>(inner.Resources ?? {}).map(([id, resource]) => {
    const { Condition, DependsOn: __, ...rest } = resource;
    const holds = conditionOf(Condition);
    return [renamed(id), { ...(inside(rest) as Source), ...(holds && { Condition: holds }) }];
  });
  const section = (key: string, isKept: (id: string) => boolean = () => true) =>
    Object.fromEntries(
      Object.entries(inner[key] ?? {})
        .filter(([id]) => isKept(id))
        .map(([id, one]) => [renamed(id), inside(one)]),
    );
  const { Resources: ___, ...rest } = template;
  return {
    ...(outside(rest) as Source),
    Parameters: {
      ...template.Parameters,
      ...section("Parameters", (id) => !Object.hasOwn(given, id)),
    },
    Mappings: { ...template.Mappings, ...section("Mappings") },
    Conditions: {
      ...(outside(template.Conditions ?? {}) as Source),
      ...section("Conditions"),
      ...more,
    },
    Resources: { ...(outside(others) as Source), ...Object.fromEntries(added) },
  };
}

interface Names {
  readonly reference: (id: string) => unknown;
  /** Undefined: it stays. */
  readonly attribute: (path: readonly unknown[]) => unknown;
  readonly condition: (id: string) => string;
  readonly map: (id: string) => string;
}

/** Puts other names, or whole values, in the place of references. */
function rewriter({ reference, attribute, condition, map }: Names): (value: unknown) => unknown {
  const rewrite = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rewrite);
    if (typeof value !== "object" || value === null) return value;
    const [[key, argument] = ["", undefined], ...more] = Object.entries<any>(value);
    if (more.length === 0) {
      if (key === "Ref" && typeof argument === "string") return reference(argument);
      if (key === "Condition" && typeof argument === "string") {
        return { Condition: condition(argument) };
      }
      if (key === "Fn::GetAtt") {
        const path = typeof argument === "string" ? argument.split(".") : argument;
        return (Array.isArray(path) && attribute(path)) || { [key]: argument };
      }
      if (key === "Fn::If" && Array.isArray(argument)) {
        return { [key]: [condition(String(argument[0])), ...argument.slice(1).map(rewrite)] };
      }
      if (key === "Fn::FindInMap" && Array.isArray(argument)) {
        const [first, ...rest] = argument;
        const named = typeof first === "string" ? map(first) : rewrite(first);
        return { [key]: [named, ...rest.map(rewrite)] };
      }
      if (key === "Fn::Sub") return substitution(argument);
    }
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, rewrite(one)]));
  };
  /** Each name becomes a variable, so that it may be any value. */
  const substitution = (argument: unknown): unknown => {
    const [text, given = {}] = typeof argument === "string" ? [argument] : (argument as any[]);
    if (typeof text !== "string") return { "Fn::Sub": argument };
    const variables: Source = rewrite(given) as Source;
    for (const [, found = ""] of text.matchAll(/\$\{([^!}][^}]*)\}/g)) {
      const name = found.trim();
      if (Object.hasOwn(variables, name)) continue;
      const [id = "", ...path] = name.split(".");
      const value =
        path.length > 0 && !id.startsWith("AWS::") ? attribute([id, ...path]) : reference(name);
      if (value !== undefined && (value as Source).Ref !== name) variables[name] = value;
    }
    const isPlain = Object.keys(variables).length === 0;
    return { "Fn::Sub": isPlain ? text : [text, variables] };
  };
  return rewrite;
}

/** Where a resource stood, and the way to a part of it from there. */
export const placeIn = ({ document, logicalId }: Origin, path: Path = []) => {
  const line = document.lineOf(["Resources", logicalId, ...path]);
  return { file: document.file, ...(line !== undefined && { line }) };
};
