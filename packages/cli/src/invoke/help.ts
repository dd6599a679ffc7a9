/** What `shardmill invoke --help` prints. */
import { inspectHelp, projectOptionsHelp, runOptionsHelp } from "../project/options.ts";

export const invokeHelp = `shardmill invoke - one invocation of a function, as Lambda would do it

SYNOPSIS
  shardmill invoke FUNCTION --event FILE|- [options]

DESCRIPTION
  Builds the function's handler, starts its environment with the timeout, the memory and the variables
  of the template, hands it one event and prints what came of it: the response, what the function
  wrote, how long it took, and what changed in the progress logs.

  FUNCTION is its name, its logical id in the template, or its key in serverless.yml. The event is
  the JSON that the function gets: a Kinesis event (see events/), or anything else.

  The template's tables, queues, topics and buckets are made for this one invocation, and are empty.
  To use those of a running shardmill dev, eval "$(npx shardmill env)" first: services that
  AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_… names on this machine are taken as they are. Every other service of AWS is
  refused by name, unless --aws lets it through.

OPTIONS
  --event FILE|-        The event, from a file or from standard input.
  --aws NAMES           Services that are let through to AWS, such as ssm,secretsmanager, with the
                        credentials that you have at the start.
${projectOptionsHelp}${runOptionsHelp}${inspectHelp}  --json                One JSON object: response or error, logs, durationMs, failures, progress.
  --help                Prints this.

EXIT STATUS
  0  the function has answered, and named no item failures
  1  it failed, or named item failures, or could not be run
  2  the command line is wrong

EXAMPLES
  shardmill invoke departures --event events/departures.json
  shardmill invoke orders --event - --aws ssm < event.json
`;
