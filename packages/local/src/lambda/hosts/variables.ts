/** The environment variables of a function: Lambda's, its own, and of the parent's almost none. */
import { devNull } from "node:os";
import type { FunctionIdentity } from "./function.ts";

/**
 * What a function gets of the parent process: what a program needs to run, no credentials and no
 * settings of AWS.
 */
const inherited = new Set([
  "PATH",
  "HOME",
  "TMPDIR",
  "TEMP",
  "TMP",
  "NODE_COMPILE_CACHE",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  // Windows programs do not start without these.
  "SYSTEMROOT",
  "COMSPEC",
  "PATHEXT",
  "USERPROFILE",
]);

/** What a function's configuration may not set. Credentials are not among them here: a tool may give real ones. */
const reserved = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
]);

/** Refuses a configuration that Lambda would refuse, with the names that are at fault. */
export function checkVariables(
  functionName: string,
  environment: Readonly<Record<string, string>>,
): void {
  const names = Object.keys(environment).filter((name) => reserved.has(name));
  if (names.length === 0) return;
  throw new RangeError(
    `Function ${functionName}: its environment sets ${names.join(", ")}, which Lambda reserves. ` +
      "Leave them out; Lambda and this host set them.",
  );
}

export interface VariablesOptions {
  readonly identity: FunctionIdentity;
  readonly logStreamName: string;
  /** As in the function's configuration. */
  readonly handler: string;
  readonly taskRoot: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Host and port of the Runtime API, where there is one. */
  readonly runtimeApi?: string;
  /** The parent's variables. */
  readonly parent: Readonly<Record<string, string | undefined>>;
}

export function environmentVariables({
  identity,
  logStreamName,
  handler,
  taskRoot,
  environment,
  runtimeApi,
  parent,
}: VariablesOptions): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(parent)) {
    if (value !== undefined && inherited.has(name.toUpperCase())) variables[name] = value;
  }
  return {
    ...variables,
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    AWS_ACCESS_KEY_ID: "ASIALOCALSHARDMILL00",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    // The AWS SDK looks in the home folder and asks the machine's metadata too.
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_CONFIG_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
    ...environment,
    AWS_REGION: identity.region,
    AWS_DEFAULT_REGION: identity.region,
    AWS_LAMBDA_FUNCTION_NAME: identity.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: identity.functionVersion,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(identity.memorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: identity.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    LAMBDA_TASK_ROOT: taskRoot,
    _HANDLER: handler,
    ...(runtimeApi && { AWS_LAMBDA_RUNTIME_API: runtimeApi }),
  };
}
