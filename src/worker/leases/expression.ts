/** A write of a row as DynamoDB's API takes it. */
import type { Row, RowWrite, Value } from "./row.ts";

/** The input of PutItem, UpdateItem or DeleteItem but for the key and the table. */
export interface WriteInput {
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Row;
}

export function writeInput({ kind, expect, exists, set, remove, add }: RowWrite): WriteInput {
  const names: Record<string, string> = {};
  const values: Record<string, Value> = {};
  const name = (attribute: string) => {
    names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  };
  const value = (label: string, given: Value) => {
    values[`:${label}`] = given;
    return `:${label}`;
  };
  const conditions = Object.entries(expect).map(([attribute, wanted]) =>
    wanted === undefined
      ? `attribute_not_exists(${name(attribute)})`
      : `${name(attribute)} = ${value(`was_${attribute}`, wanted)}`,
  );
  if (exists) conditions.push(`attribute_exists(${name("leaseKey")})`);
  const clauses: string[] = [];
  if (kind === "update") {
    const sets = Object.entries(set ?? {}).map(
      ([attribute, given]) => `${name(attribute)} = ${value(attribute, given)}`,
    );
    if (sets.length > 0) clauses.push(`SET ${sets.join(", ")}`);
    if (remove && remove.length > 0) clauses.push(`REMOVE ${remove.map(name).join(", ")}`);
    if (add) clauses.push(`ADD ${name("leaseCounter")} ${value("more", { N: String(add) })}`);
  }
  return {
    ...(conditions.length > 0 && { ConditionExpression: conditions.join(" AND ") }),
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
    ...(clauses.length > 0 && { UpdateExpression: clauses.join(" ") }),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}
