/** A template with its parameters, conditions and resources, each worked out when it is asked for. */
import { nearest } from "../../../../src/values/nearest.ts";
import type { Path, TemplateDocument } from "./document.ts";
import { TemplateError } from "./error.ts";
import { evaluate, evaluateCondition, noValue, type Scope, Unresolvable } from "./evaluate.ts";
import { type Parameters, parameterValues } from "./parameters.ts";
import {
  attributesOf,
  type Identified,
  nameProperty,
  physicalArn,
  physicalName,
  reference,
  type Surroundings,
} from "./physical.ts";
import { refuseAt } from "./refuse-at.ts";
import { misshapen, parameterShape, sectionShapes, withoutNulls } from "./shape.ts";
import { dynamicReference, type TemplateValues } from "./values.ts";

/** A template has 500 resources at most, and each reference calls the next one. */
const longestChain = 500;
/** A template of 1 MB, the largest, has some 100,000 values, each of which is worked out a few times. */
const mostSteps = 5_000_000;

export interface StackOptions {
  readonly surroundings: Surroundings;
  readonly parameters: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly values: Pick<TemplateValues, "ssm" | "secretsmanager">;
}

/** A resource that is deployed: its condition holds. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  /** As in the template, not evaluated. */
  readonly source: Readonly<Record<string, any>>;
  readonly path: Path;
}

export interface Stack extends Surroundings {
  readonly resources: readonly StackResource[];
  /** Throws an `Unresolvable`. */
  nameOf(resource: StackResource): string;
  /** Throws an `Unresolvable`. */
  arnOf(resource: StackResource): string;
  /** Evaluates; what is known in the cloud only is told, and left out. */
  resolve(value: unknown, path: Path, leaveOut: (problem: Unresolvable) => void): any;
  /** Evaluates with a `*` for what is known in the cloud only, as a pattern in a policy. */
  resolvePattern(value: unknown, path: Path): any;
  fail(message: string, path: Path): never;
}

export function openStack(
  document: TemplateDocument,
  { surroundings, parameters, imports, values }: StackOptions,
): Stack {
  const template = sectionsOf(document, refuseAt(document));
  const isTransformed = Boolean((document.value as { Transform?: unknown }).Transform);
  const { partition, urlSuffix, region, accountId, stackName } = surroundings;

  const fail = refuseAt(document);

  const given = parameterValues(template.Parameters as Parameters, parameters, values.ssm, fail);
  const pseudo: Readonly<Record<string, unknown>> = {
    "AWS::AccountId": accountId,
    "AWS::NotificationARNs": [],
    "AWS::NoValue": noValue,
    "AWS::Partition": partition,
    "AWS::Region": region,
    "AWS::StackId": `arn:${partition}:cloudformation:${region}:${accountId}:stack/${stackName}/local`,
    "AWS::StackName": stackName,
    "AWS::URLSuffix": urlSuffix,
  };

  const unknown = (name: string, among: readonly string[], what: string, path: Path): never => {
    const near = nearest(name, among);
    return fail(`there is no ${what} ${name}.${near ? ` Did you mean ${near}?` : ""}`, path);
  };

  /** Each name, condition and reference that is being worked out now: one that needs itself has no end. */
  const open = new Set<string>();
  function once<T>(what: string, path: Path, work: () => T): T {
    if (open.has(what)) {
      const [...from] = open;
      const circle = [...from.slice(from.indexOf(what)), what];
      fail(`${what} depends on itself: ${circle.join(" → ")}.`, path);
    }
    if (open.size >= longestChain) {
      fail(`${what} is the end of a chain of more than ${longestChain} references.`, path);
    }
    open.add(what);
    try {
      return work();
    } finally {
      open.delete(what);
    }
  }

  let steps = 0;
  const step = (path: Path) => {
    if (++steps <= mostSteps) return;
    fail(
      `the template has more than ${mostSteps} values to work out: look for references that multiply.`,
      path,
    );
  };

  const cached = new Map<string, boolean>();
  function condition(name: string, path: Path): boolean {
    if (!Object.hasOwn(template.Conditions, name)) {
      return unknown(name, Object.keys(template.Conditions), "condition", path);
    }
    const known = cached.get(name);
    if (known !== undefined) return known;
    const at = ["Conditions", name];
    const holds = once(`the condition ${name}`, path, () =>
      evaluateCondition(template.Conditions[name], at, scope),
    );
    cached.set(name, holds);
    return holds;
  }

  function resourceNamed(logicalId: string, path: Path): StackResource {
    const source = Object.hasOwn(template.Resources, logicalId) && template.Resources[logicalId];
    if (!source) {
      if (isTransformed && nearest(logicalId, referable()) === undefined) {
        throw new Unresolvable(
          `${logicalId} is no resource here: the template's transform may make it.`,
          path,
        );
      }
      return unknown(logicalId, referable(), "resource or parameter", path);
    }
    if (source.Condition && !condition(source.Condition, path)) {
      fail(
        `${logicalId} is not created, because its condition ${source.Condition} is false.`,
        path,
      );
    }
    return { logicalId, type: source.Type, source, path: ["Resources", logicalId] };
  }

  const referable = () => [
    ...Object.keys(template.Resources),
    ...Object.keys(template.Parameters),
    ...Object.keys(pseudo),
  ];

  const identities = new Map<string, Identified>();
  function identified({ logicalId, type, source, path }: StackResource): Identified {
    const known = identities.get(logicalId);
    if (known) return known;
    const values = new Map<string, unknown>();
    const property = (name: string) => {
      if (values.has(name)) return values.get(name);
      const keys = name.split(".");
      const value = keys.reduce((part, key) => part?.[key], source.Properties);
      const at = [...path, "Properties", ...keys];
      const what = name === nameProperty(type) ? "name" : name;
      const result = once(`the ${what} of ${logicalId}`, at, () => evaluate(value, at, scope));
      const wrong = what === "name" && result !== noValue && misshapen(result, "text", at);
      if (wrong) fail(wrong.why, wrong.path);
      values.set(name, result === noValue ? undefined : result);
      return values.get(name);
    };
    const named = { ...surroundings, logicalId, property };
    const identity = { ...named, name: physicalName(type, named) };
    identities.set(logicalId, identity);
    return identity;
  }

  const scope: Scope = {
    region,
    fail,
    step,
    condition,
    giveUp(why, path) {
      throw new Unresolvable(why, path);
    },
    ref(name, path) {
      if (Object.hasOwn(pseudo, name)) return pseudo[name];
      if (Object.hasOwn(template.Parameters, name)) {
        const value = given[name];
        return value?.isKnown ? value.value : scope.giveUp(value!.why, path);
      }
      const resource = resourceNamed(name, path);
      return reference(resource.type, identified(resource));
    },
    attribute(logicalId, attribute, path) {
      const resource = resourceNamed(logicalId, path);
      const attributes = attributesOf(resource.type);
      if (Object.hasOwn(attributes, attribute)) return attributes[attribute]!(identified(resource));
      const near = nearest(attribute, Object.keys(attributes));
      return scope.giveUp(
        `${attribute} of ${logicalId} (${resource.type}) is known once it is deployed.${near ? ` Did you mean ${near}?` : ""}`,
        path,
      );
    },
    findInMap([map = "", first = "", second = ""], path) {
      if (!Object.hasOwn(template.Mappings, map)) {
        return unknown(map, Object.keys(template.Mappings), "mapping", path);
      }
      const found = template.Mappings[map]?.[first]?.[second];
      if ([found].flat().some((value) => typeof value === "object" && value !== null)) {
        fail("a mapping has strings, or lists of them, and no functions.", [
          "Mappings",
          map,
          first,
          second,
        ]);
      }
      return found;
    },
    importValue(name, path) {
      if (Object.hasOwn(imports, name)) return imports[name];
      return scope.giveUp(
        `Fn::ImportValue takes ${name} from another stack, which is known in the cloud only.`,
        path,
      );
    },
    dynamic(reference, path) {
      const found = dynamicReference(reference, values);
      if ("value" in found) return found.value;
      return scope.giveUp(`${reference} is looked up by CloudFormation. ${found.advice}`, path);
    },
  };
  const patterns: Scope = {
    ...scope,
    giveUp: () => "*",
    ref: (name, path) => orAnything(() => scope.ref(name, path)),
    attribute: (logicalId, name, path) => orAnything(() => scope.attribute(logicalId, name, path)),
    importValue: (name, path) => orAnything(() => scope.importValue(name, path)),
    dynamic: (reference, path) => orAnything(() => scope.dynamic(reference, path)),
  };

  const resources = Object.entries<Record<string, any>>(template.Resources).flatMap(
    ([logicalId, source]): StackResource[] => {
      const path = ["Resources", logicalId];
      if (logicalId.startsWith("Fn::")) {
        fail(`${logicalId} is written out by a transform only: write its resources out.`, path);
      }
      if (typeof source?.Type !== "string") fail("a resource has a Type.", path);
      if (source.Condition && !condition(source.Condition, path)) return [];
      return [{ logicalId, type: source.Type, source, path }];
    },
  );

  return {
    ...surroundings,
    resources,
    fail,
    nameOf: (resource) => identified(resource).name,
    arnOf: (resource) => physicalArn(resource.type, identified(resource)) ?? "",
    resolve: (value, path, leaveOut) => {
      const result = evaluate(value, path, scope, leaveOut);
      return result === noValue ? undefined : result;
    },
    resolvePattern: (value, path) => {
      const result = evaluate(value, path, patterns, () => {});
      return result === noValue ? undefined : result;
    },
  };
}

function orAnything(work: () => unknown): unknown {
  try {
    return work();
  } catch (problem) {
    if (problem instanceof Unresolvable) return "*";
    throw problem;
  }
}

const sections = ["Parameters", "Mappings", "Conditions", "Resources"] as const;
type Sections = Readonly<Record<(typeof sections)[number], Readonly<Record<string, any>>>>;

function sectionsOf({ file, value }: TemplateDocument, fail: Stack["fail"]): Sections {
  const template = (withoutNulls(value) ?? {}) as Record<string, unknown>;
  if (typeof template.Resources !== "object") {
    throw new TemplateError(
      "This is not a CloudFormation template: it has no Resources. Give one with --template.",
      { place: { file } },
    );
  }
  const wrong =
    misshapen(template, sectionShapes, []) ??
    misshapen(template.Parameters, parameterShape, ["Parameters"], false);
  if (wrong) fail(wrong.why, wrong.path);
  return Object.fromEntries(sections.map((name) => [name, template[name] ?? {}])) as Sections;
}
