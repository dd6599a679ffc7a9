/** Whether a role may do something, by what stands in the template. */
import type { PolicyStatement, TemplateRole } from "@shardmill/local/rig";

/** AWS's own policies that say something about what a consumer does: actions, on all resources. */
const managed: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: ["*"],
  PowerUserAccess: ["*"],
  AWSLambdaBasicExecutionRole: [],
  AWSLambdaVPCAccessExecutionRole: [],
  AWSXRayDaemonWriteAccess: [],
  AWSXrayWriteOnlyAccess: [],
  CloudWatchLambdaInsightsExecutionRolePolicy: [],
  AWSLambdaKinesisExecutionRole: [
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
    "kinesis:SubscribeToShard",
  ],
  AmazonKinesisFullAccess: ["kinesis:*"],
  AmazonKinesisReadOnlyAccess: ["kinesis:Get*", "kinesis:List*", "kinesis:Describe*"],
  AmazonDynamoDBFullAccess: ["dynamodb:*"],
  AmazonDynamoDBFullAccess_v2: ["dynamodb:*"],
  AmazonS3FullAccess: ["s3:*"],
  AmazonSQSFullAccess: ["sqs:*"],
  AmazonSNSFullAccess: ["sns:*"],
};

/** Undefined: the role has a policy that is not in the template and not known here. */
export function allows(role: TemplateRole, action: string, resource: string): boolean | undefined {
  const names = role.managedPolicyArns.map((arn) => arn.slice(arn.lastIndexOf("/") + 1));
  const applies = (statement: PolicyStatement) =>
    speaksOf(statement.actions, statement.notActions, action, true) &&
    speaksOf(statement.resources, statement.notResources, resource, false);
  const statements = role.statements.filter(applies);
  if (statements.some(({ effect, condition }) => effect === "Deny" && !condition)) return false;
  // A condition may hold: only its absence is certain.
  if (statements.some(({ effect }) => effect === "Allow")) return true;
  const known = names.filter((name) => Object.hasOwn(managed, name));
  if (known.some((name) => managed[name]!.some((pattern) => matches(pattern, action, true)))) {
    return true;
  }
  return known.length < names.length ? undefined : false;
}

function speaksOf(
  patterns: readonly string[],
  exceptions: readonly string[],
  value: string,
  ignoreCase: boolean,
): boolean {
  const matching = (pattern: string) => matches(pattern, value, ignoreCase);
  if (exceptions.length > 0) return !exceptions.some(matching);
  return patterns.some(matching);
}

/**
 * `*` stands for any characters, `?` for one, in the pattern; in the value, for what nobody knows yet. What stands between two
 * asterisks is looked for once, from left to right: a regular expression would try every place for each of them.
 */
function matches(pattern: string, value: string, ignoreCase: boolean): boolean {
  if (ignoreCase) return matches(pattern.toLowerCase(), value.toLowerCase(), false);
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop();
  if (last === undefined) return value.length === first.length && isAt(first, value, 0);
  if (!isAt(first, value, 0)) return false;
  let from = first.length;
  for (const part of others) {
    while (from + part.length <= value.length && !isAt(part, value, from)) from++;
    from += part.length;
  }
  const end = value.length - last.length;
  return end >= from && isAt(last, value, end);
}

/** Whether a part without asterisks stands there. */
function isAt(part: string, value: string, from: number): boolean {
  for (let place = 0; place < part.length; place++) {
    if (part[place] !== "?" && part[place] !== value[from + place]) return false;
  }
  return from + part.length <= value.length;
}
