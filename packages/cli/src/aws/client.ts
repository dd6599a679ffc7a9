/** Clients of AWS as a command line asks for them, and what their errors mean. */

import { nearest } from "../../../../src/values/nearest.ts";
import { UsageError } from "../command-line/usage-error.ts";

/** For `parseArgs`. */
export const awsOptions = {
  endpoint: { type: "string" },
  region: { type: "string" },
  profile: { type: "string" },
} as const;

const regionAndProfile = `\
  --region NAME         Default: as for any AWS client.
  --profile NAME        The profile of your AWS configuration. Default: as for any AWS client.
`;

/** For manual pages, of a command that asks Kinesis or DynamoDB alone. */
export const awsOptionsHelp = (server: "shardmill kinesis" | "shardmill dev") => `\
  --endpoint URL        A service other than the region's own, such as that of ${server}.
                        Default: what AWS_ENDPOINT_URL… says.
${regionAndProfile}`;

/** Of one that asks both. */
export const bothServicesHelp = `\
  --endpoint URL        Kinesis and DynamoDB at another place than the region's, such as shardmill dev's.
                        Default: what AWS_ENDPOINT_URL says, or for one of them alone
                        AWS_ENDPOINT_URL_KINESIS and AWS_ENDPOINT_URL_DYNAMODB.
${regionAndProfile}`;

export interface AwsSettings {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The configuration of a client of `service`. An endpoint on this machine gets credentials of no worth
 * where none are given: it asks for none, and yours stay here.
 */
export function clientConfig(
  service: "kinesis" | "dynamodb" | "sqs" | "s3" | "lambda",
  { endpoint, region, profile }: AwsSettings,
  env: Variables,
) {
  const own = `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
  const url = endpoint ?? env[own] ?? env.AWS_ENDPOINT_URL;
  if (url !== undefined && !(/^https?:\/\//.test(url) && URL.canParse(url))) {
    const from = endpoint !== undefined ? "--endpoint" : env[own] ? own : "AWS_ENDPOINT_URL";
    throw new UsageError(`${from} takes a URL such as http://127.0.0.1:4567, not ${url}.`);
  }
  const isLocal =
    url !== undefined && /^https?:\/\/(127\.|localhost|\[::1\]|[^/:]*\.localhost)/.test(url);
  const isAnonymous = isLocal && profile === undefined && env.AWS_ACCESS_KEY_ID === undefined;
  return {
    ...(url === undefined ? {} : { endpoint: url }),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(isAnonymous
      ? {
          region: region ?? env.AWS_REGION ?? "us-east-1",
          credentials: { accessKeyId: "local", secretAccessKey: "local" },
        }
      : {}),
  };
}

/** Whether an error is one of the AWS SDK, and not our own. */
export function isAwsError(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  const { name, message } = error;
  const isIncomplete = name === "CredentialsProviderError" || message === "Region is missing";
  return "$metadata" in error || "code" in error || isIncomplete;
}

/** What a request is about, where an error does not say it. */
export interface Asked {
  /** Such as "stream orders". */
  readonly what: string;
  readonly name: string;
  /** What else there is, for a name that was mistyped. */
  readonly others?: () => Promise<readonly string[]>;
  /** Who was asked: a name may be of another region. */
  readonly client?: RegionalClient;
}

/** A client of any service. */
export interface RegionalClient {
  readonly config: { region(): Promise<string>; readonly endpoint?: unknown };
}

/** `us-east-1`, or `us-east-1, at http://127.0.0.1:4567`. */
async function placeOf({ config }: RegionalClient): Promise<string> {
  const region = await config.region();
  if (typeof config.endpoint !== "function") return region;
  const { protocol, hostname, port } = await config.endpoint();
  return `${region}, at ${protocol}//${hostname}${port ? `:${port}` : ""}`;
}

/** AWS's errors say little by themselves. */
export async function explainAwsError(error: unknown, asked: Asked): Promise<Error> {
  const { name = "", message = "" } = error as Error;
  const [, network, where] =
    /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)\b(?: ([\w.:[\]-]+))?/.exec(
      `${message} ${(error as { code?: string }).code ?? ""}`,
    ) ?? [];
  const explained = (text: string) => new Error(text, { cause: error });
  if (name === "ResourceNotFoundException" || missing.test(name)) {
    const names = (await asked.others?.().catch(() => [])) ?? [];
    const near = nearest(asked.name, names);
    if (near) return explained(`there is no ${asked.what}. Did you mean ${near}?`);
    const place = asked.client && (await placeOf(asked.client).catch(() => undefined));
    const looked = place === undefined ? "" : ` It was looked for in ${place}.`;
    return explained(`there is no ${asked.what}.${looked}`);
  }
  if (name === "CredentialsProviderError") {
    return explained(
      `no credentials: ${message}. Sign in as for the AWS CLI, or name a profile with --profile.`,
    );
  }
  if (message === "Region is missing") {
    return explained(
      'which region? Give --region; for a running dev: eval "$(npx shardmill env)", then again.',
    );
  }
  if (network !== undefined) {
    const what = network === "ECONNREFUSED" ? "nothing listens at that endpoint" : "no such host";
    return explained(`${asked.what}: ${what}${where ? ` (${where})` : ""}.`);
  }
  if (/expired/i.test(name)) return explained(`your credentials have expired: ${message}`);
  return error instanceof Error
    ? explained(`${asked.what}: ${message || name}`)
    : explained(String(error));
}

const missing = /^(NoSuchBucket|NoSuchKey|NotFound|QueueDoesNotExist|.*NonExistentQueue)$/;
