/** AWS::IAM::Role, with the policies that stand in it and those that are attached to it. */
import type { Stack, StackResource } from "../scope.ts";
import { misshapen, propertyShapes } from "../shape.ts";
import type { PolicyStatement, Properties, TemplateRole } from "../types.ts";
import { type Reading, readResource } from "./reading.ts";

export function readRoles(
  reading: Reading,
  resources: readonly StackResource[],
): readonly TemplateRole[] {
  const { stack } = reading;
  const ofType = (...types: string[]) => resources.filter(({ type }) => types.includes(type));
  const attached = ofType(
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::ManagedPolicy",
  ).map((resource) => attachedPolicy(stack, resource));
  return ofType("AWS::IAM::Role").flatMap((resource): TemplateRole[] => {
    // Policies are read as patterns, so nothing in them is left out.
    const { Policies: _, ...rest } = resource.source.Properties ?? {};
    const common = readResource(reading, {
      ...resource,
      source: { ...resource.source, Properties: rest },
    });
    if (!common) return [];
    const policies: Properties[] =
      patternsOf(stack, {
        ...resource,
        source: { Properties: { Policies: resource.source.Properties?.Policies } },
      }).Policies ?? [];
    const managed: string[] = common.properties.ManagedPolicyArns ?? [];
    const others = attached.filter(
      ({ roles, arn }) => roles.includes(common.name) || managed.includes(arn),
    );
    return [
      {
        ...common,
        properties: { ...common.properties, Policies: policies },
        statements: [
          ...policies.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument)),
          ...others.flatMap(({ statements }) => statements),
        ],
        managedPolicyArns: managed.filter((arn) => !others.some((other) => other.arn === arn)),
      },
    ];
  });
}

function attachedPolicy(stack: Stack, resource: StackResource) {
  const { Roles = [], RoleName, PolicyDocument } = patternsOf(stack, resource);
  return {
    arn: resource.type === "AWS::IAM::ManagedPolicy" ? stack.arnOf(resource) : "",
    roles: [...Roles, RoleName] as string[],
    statements: statementsOf(PolicyDocument),
  };
}

/** Its properties, with patterns for what is known in the cloud only. */
function patternsOf(stack: Stack, { type, source, path }: StackResource): Properties {
  const at = [...path, "Properties"];
  const properties = stack.resolvePattern(source.Properties ?? {}, at) ?? {};
  const wrong = misshapen(properties, propertyShapes[type] ?? "map", at);
  if (wrong) stack.fail(wrong.why, wrong.path);
  return properties;
}

function statementsOf(document: Properties | undefined): PolicyStatement[] {
  return listOf<Properties>(document?.Statement).map((statement) => ({
    effect: statement.Effect,
    actions: listOf(statement.Action),
    notActions: listOf(statement.NotAction),
    resources: listOf<unknown>(statement.Resource).flat().map(String),
    notResources: listOf<unknown>(statement.NotResource).flat().map(String),
    ...(statement.Condition && { condition: statement.Condition }),
  }));
}

const listOf = <T>(value: T | readonly T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? [...value] : [value as T];
