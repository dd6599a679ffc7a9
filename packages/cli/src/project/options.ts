/** The options of every command that reads the project's template, and what is asked of it. */

import {
  functionNamed,
  isLocal,
  type ReadTemplateOptions,
  type Template,
  type TemplateFunction,
} from "@shardmill/local/rig";
import { UsageError } from "../command-line/usage-error.ts";

const text = { type: "string" } as const;
const several = { type: "string", multiple: true, default: [] as string[] } as const;

/** For `parseArgs`. */
export const projectOptions = {
  template: text,
  stack: text,
  stage: text,
  region: text,
  param: several,
  parameter: several,
  import: several,
  values: text,
} as const;

/** Of the commands that run functions. */
export const runOptions = { python: text } as const;

export const runOptionsHelp = `  --python FILE         What runs functions in Python; of a virtual environment, its packages too.
                        Default: the version of the template, or python3, with requirements.txt in
                        an environment of its own in .shardmill.
`;

/** Of the commands that a debugger goes with: parsed by `inspectOption`. */
export const inspectOptions = { inspect: text } as const;

export const inspectHelp = `  --inspect[=[FUNCTION:]PORT]
                        Opens Node.js's debugger on each environment of the functions, or of the one that
                        is named, which waits until a debugger has come, and has no timeout. The first is
                        at PORT, others after it. Default of PORT: 9229. See docs/debug.md.
`;

/** `--inspect` alone is one with the usual port: an option of `parseArgs` has a value or never has one. */
export const withInspectPort = (args: readonly string[]): string[] =>
  args.map((arg) => (arg === "--inspect" ? `--inspect=${inspectPort}` : arg));

const inspectPort = 9229;

/** Throws UsageError. */
export function inspectOption(
  given: string | undefined,
): { readonly port: number; readonly functionName?: string } | undefined {
  if (given === undefined) return undefined;
  const [, functionName, digits = ""] = /^(?:(.+):)?(\d+)$/.exec(given) ?? [];
  const port = Number(digits);
  if (digits === "" || port < 1 || port > 65_535) {
    throw new UsageError(`--inspect takes a port, or FUNCTION:PORT, not ${given}.`);
  }
  return { port, ...(functionName !== undefined && { functionName }) };
}

/** Whether it is an OpenSearch on this machine: from here nothing is sent to another. Throws UsageError. */
export function opensearchUrl(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new UsageError(`--opensearch takes a URL, such as http://localhost:9200, not ${given}.`);
  }
  if (isLocal(given)) return given;
  throw new UsageError(
    `--opensearch: nothing is sent to ${new URL(given).hostname} from here. Give one on this machine.`,
  );
}

export const opensearchHelp = `  --opensearch URL      An OpenSearch on this machine, such as http://localhost:9200: it gets what
                        delivery streams send to OpenSearch. Default: the requests lie in the outbox.
`;

/** For the manual page. */
export const projectOptionsHelp = `  --template FILE       A CloudFormation template, JSON or YAML, or what terraform show -json says of a
                        plan or a state. Default: what is found here, of serverless.yml (packaged when
                        it is newer than its output), cdk.json, a template of SAM or CloudFormation, and
                        tfplan.json.
  --stack NAME          Which stack of a CDK app.
  --stage NAME          The stage that the Serverless Framework packages.
  --param NAME=VALUE    A parameter of the Serverless Framework. Repeatable.
  --parameter NAME=VALUE
                        A parameter of the template. Repeatable.
  --import NAME=VALUE   What Fn::ImportValue gives for NAME. Repeatable.
  --values FILE         A JSON file of what is known in the cloud only, by name: parameters, imports, ssm
                        (\${ssm:…}, {{resolve:ssm:…}}), secretsmanager, cf (\${cf:stack.output}).
                        Default: shardmill.values.json, where it is there.
  --region NAME         Default: what the template's tool has set, or us-east-1.
`;

export interface ProjectValues {
  readonly template?: string | undefined;
  readonly stack?: string | undefined;
  readonly stage?: string | undefined;
  readonly region?: string | undefined;
  readonly values?: string | undefined;
  readonly param: readonly string[];
  readonly parameter: readonly string[];
  readonly import: readonly string[];
}

/** Throws UsageError. */
export function readOptions(values: ProjectValues): ReadTemplateOptions {
  const { template, stack, stage, region, values: file } = values;
  return {
    ...(template !== undefined && { file: template }),
    ...(stack !== undefined && { stack }),
    ...(stage !== undefined && { stage }),
    ...(region !== undefined && { region }),
    ...(file !== undefined && { values: file }),
    params: pairs("--param", values.param),
    parameters: pairs("--parameter", values.parameter),
    imports: pairs("--import", values.import),
  };
}

function pairs(option: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new UsageError(`${option} takes NAME=VALUE, not ${text}.`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** The function that a person calls so. Throws UsageError, with the name that was probably meant. */
export function findFunction(template: Template, name: string): TemplateFunction {
  try {
    return functionNamed(template, name);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
