/** Who a mapping is and what it joins: its uuid and the ARNs that appear in events and documents. */
import type { MappingIdentity } from "../../../../../src/mapping/identity.ts";

/** What a mapping of the API has besides. */
export interface DescribedIdentity extends MappingIdentity {
  readonly mappingArn: string;
  /** The alias or version that is invoked; "$LATEST" where none was given. */
  readonly qualifier: string;
}

export interface FunctionNames {
  /** The function's name. @default "function", or the name in `functionArn` */
  readonly functionName?: string;
  /** The function's ARN, with or without a qualifier. @default made of the name */
  readonly functionArn?: string;
  /** The alias or version to invoke. @default none: $LATEST */
  readonly qualifier?: string;
  /** The execution role, which stands in every record. @default "arn:aws:iam::<account>:role/lambda-role" */
  readonly roleArn?: string;
}

export interface SourceNames {
  readonly streamArn: string;
  readonly consumerArn: string | undefined;
  readonly region: string;
  readonly accountId: string;
}

export function mappingIdentity(
  uuid: string,
  names: FunctionNames,
  { streamArn, consumerArn, region, accountId }: SourceNames,
): DescribedIdentity {
  const given =
    names.functionArn ??
    `arn:aws:lambda:${region}:${accountId}:function:${names.functionName ?? "function"}`;
  const parts = given.split(":");
  if (parts.length < 7 || parts.length > 8 || parts[2] !== "lambda") {
    throw new TypeError(
      `"${given}" is no ARN of a function: expected arn:aws:lambda:<region>:<account>:function:<name>, with or without a qualifier.`,
    );
  }
  const qualifier = names.qualifier ?? parts[7];
  const unqualified = parts.slice(0, 7).join(":");
  return {
    uuid,
    mappingArn: `arn:aws:lambda:${region}:${accountId}:event-source-mapping:${uuid}`,
    eventSourceArn: consumerArn ?? streamArn,
    streamArn,
    consumerArn,
    functionArn: qualifier ? `${unqualified}:${qualifier}` : unqualified,
    qualifier: qualifier ?? "$LATEST",
    executedVersion: qualifier ?? "$LATEST",
    roleArn: names.roleArn ?? `arn:aws:iam::${accountId}:role/lambda-role`,
    region,
  };
}
