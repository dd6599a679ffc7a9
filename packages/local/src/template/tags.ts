/** CloudFormation's short forms: `!Sub` is `Fn::Sub`; `!Ref` and `!Condition` have no prefix. */
export function tagged(tag: string | undefined, value: unknown): unknown {
  // YAML's own tags begin with `tag:`.
  if (!tag?.startsWith("!") || tag === "!") return value;
  const name = tag.slice(1);
  if (name === "Ref" || name === "Condition") return { [name]: value };
  if (name === "GetAtt" && typeof value === "string") {
    const [logicalId, ...attribute] = value.split(".");
    return { "Fn::GetAtt": [logicalId, attribute.join(".")] };
  }
  return { [`Fn::${name}`]: value };
}
