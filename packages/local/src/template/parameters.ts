/** The parameters of a template: given, or by default. */
import { nearest } from "../../../../src/values/nearest.ts";
import type { Path } from "./document.ts";
import { valuesFile } from "./values.ts";

export type Parameters = Readonly<Record<string, Parameter>>;

interface Parameter {
  readonly Type?: string;
  readonly Default?: unknown;
  readonly AllowedValues?: readonly unknown[];
}

export type ParameterValue =
  | { readonly isKnown: true; readonly value: unknown }
  | { readonly isKnown: false; readonly why: string };

/** Each declared parameter's value. Fails for one that is not declared, or not allowed. */
export function parameterValues(
  declared: Parameters,
  given: Readonly<Record<string, string>>,
  /** Of the Parameter Store. */
  stored: Readonly<Record<string, string>>,
  fail: (message: string, path: Path) => never,
): Readonly<Record<string, ParameterValue>> {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(declared, name)) continue;
    const near = nearest(name, Object.keys(declared));
    const hint = near ? `Did you mean ${near}?` : `It has ${list(Object.keys(declared))}.`;
    fail(`the template has no parameter ${name}. ${hint}`, ["Parameters"]);
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, parameter]) => [
      name,
      parameterValue(name, parameter, given[name] ?? storedValue(parameter, stored), fail),
    ]),
  );
}

const storedValue = (
  { Type = "String", Default: standard }: Parameter,
  stored: Readonly<Record<string, string>>,
) => (Type.startsWith("AWS::SSM::Parameter::") ? stored[String(standard)] : undefined);

function parameterValue(
  name: string,
  { Type = "String", Default: standard, AllowedValues: allowed }: Parameter,
  given: string | undefined,
  fail: (message: string, path: Path) => never,
): ParameterValue {
  if (given === undefined && standard === undefined) {
    return {
      isKnown: false,
      why: `The parameter ${name} has no value. Give it one with --parameter ${name}=…`,
    };
  }
  if (given === undefined && Type.startsWith("AWS::SSM::Parameter::")) {
    return {
      isKnown: false,
      why: `The parameter ${name} is ${standard} in the Parameter Store. Give it a value with --parameter ${name}=…, or in ${valuesFile}: {"ssm":{"${standard}":"…"}}`,
    };
  }
  const value = given ?? standard;
  if (allowed && !allowed.map(String).includes(String(value))) {
    fail(`${JSON.stringify(value)} is not allowed; ${list(allowed.map(String))} are.`, [
      "Parameters",
      name,
    ]);
  }
  const isList = Type === "CommaDelimitedList" || Type.includes("List<");
  if (!isList) return { isKnown: true, value: String(value) };
  const items = Array.isArray(value) ? value : String(value).split(",");
  return { isKnown: true, value: items.map((item) => String(item).trim()) };
}

const list = (names: readonly string[]) => (names.length > 0 ? names.join(", ") : "none");
