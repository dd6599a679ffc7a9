/** CloudFormation's own list of resource types, properties and types of properties. */

import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import type { DefinitionReference, PropertyType, SpecDatabase } from "@aws-cdk/service-spec-types";
import type { CompiledResource } from "./packaged-service.ts";

let loaded: SpecDatabase | undefined;

/** What CloudFormation does not know of a resource: paths of properties that do not exist, are missing, or of another type. */
export function complaintsAbout(logicalId: string, resource: CompiledResource): string[] {
  loaded ??= loadAwsServiceSpecSync();
  const [known] = loaded.lookup("resource", "cloudFormationType", "equals", resource.Type);
  if (!known) return [`${logicalId}: there is no type ${resource.Type}`];
  return ofMembers(resource.Properties ?? {}, known.properties, logicalId, loaded);
}

type Properties = Readonly<
  Record<string, { readonly type: PropertyType; readonly required?: boolean }>
>;

function ofMembers(value: object, known: Properties, path: string, spec: SpecDatabase): string[] {
  const missing = Object.entries(known)
    .filter(([name, { required }]) => required && !Object.hasOwn(value, name))
    .map(([name]) => `${path}.${name} is missing`);
  const given = Object.entries(value).flatMap(([name, member]) => {
    const at = `${path}.${name}`;
    const property = known[name];
    return property ? ofValue(member, property.type, at, spec) : [`${at} does not exist`];
  });
  return [...missing, ...given];
}

function ofValue(value: unknown, type: PropertyType, path: string, spec: SpecDatabase): string[] {
  if (isIntrinsic(value)) return [];
  switch (type.type) {
    case "ref": {
      const { properties } = spec.get("typeDefinition", (type as DefinitionReference).reference);
      return isMap(value) ? ofMembers(value, properties, path, spec) : [`${path} is no object`];
    }
    case "array":
      if (!Array.isArray(value)) return [`${path} is no list`];
      return value.flatMap((item, index) => ofValue(item, type.element, `${path}[${index}]`, spec));
    case "map":
      if (!isMap(value)) return [`${path} is no object`];
      return Object.entries(value).flatMap(([name, item]) =>
        ofValue(item, type.element, `${path}.${name}`, spec),
      );
    case "union": {
      const complaints = type.types.map((one) => ofValue(value, one, path, spec));
      return complaints.find((one) => one.length === 0) ?? complaints[0]!;
    }
    case "string":
      return typeof value === "string" ? [] : [`${path} is no string`];
    case "number":
    case "integer":
      return typeof value === "number" ? [] : [`${path} is no number`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${path} is neither true nor false`];
    default:
      return [];
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isIntrinsic = (value: unknown) =>
  isMap(value) && Object.keys(value).length === 1 && /^(Ref|Fn::.*)$/.test(Object.keys(value)[0]!);
