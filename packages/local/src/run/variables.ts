/** What every function on this machine is told of the services, beside its own variables. */
import { awsEndpoint, awsServices } from "./aws-services.ts";

/** Real credentials, for services that are let through. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Services that are let through to AWS, and who asks there. */
export interface LetThrough {
  /** Names as in `awsServices`. */
  readonly services: readonly string[];
  readonly credentials: Credentials;
}

/** The services that run on this machine. */
export const localServices = [
  "kinesis",
  "dynamodb",
  "sqs",
  "sns",
  "s3",
  "firehose",
  "lambda",
] as const;
export type LocalService = (typeof localServices)[number];

/** Where each of them is; one that does not run is left out. */
export type Endpoints = Readonly<Partial<Record<LocalService, string>>>;

/** As lines to paste, and as every SDK of AWS reads them. */
export function endpointVariables(endpoints: Endpoints): Record<string, string> {
  return Object.fromEntries(
    localServices
      .filter((service) => endpoints[service] !== undefined)
      .map((service) => [`AWS_ENDPOINT_URL_${service.toUpperCase()}`, endpoints[service]!]),
  );
}

/**
 * Endpoint variables for SDKs: a service of this machine, or one that is let through, is named;
 * every other one is `closed`. Dummy credentials are the function host's own; real ones are passed
 * on with the first service that is let through.
 */
export function serviceVariables(
  endpoints: Endpoints,
  closed: string,
  region: string,
  letThrough?: LetThrough,
): Record<string, string> {
  const variables: Record<string, string> = {
    AWS_ENDPOINT_URL: closed,
    ...endpointVariables(endpoints),
  };
  if (!letThrough || letThrough.services.length === 0) return variables;
  for (const name of letThrough.services) {
    const service = awsServices[name];
    if (!service) throw new RangeError(`There is no service ${name} to let through.`);
    for (const suffix of service.suffixes) {
      variables[`AWS_ENDPOINT_URL_${suffix}`] = awsEndpoint(service, region);
    }
  }
  const { accessKeyId, secretAccessKey, sessionToken } = letThrough.credentials;
  return {
    ...variables,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken ?? "",
  };
}
