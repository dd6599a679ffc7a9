/** What `shardmill replay --help` prints. */

import { inputOptionsHelp } from "../input/command-options.ts";
import { inputFormatsHelp } from "../input/index.ts";
import { opensearchHelp, projectOptionsHelp, runOptionsHelp } from "../project/options.ts";

export const replayHelp = `shardmill replay - records through a stream or a delivery stream once more

SYNOPSIS
  shardmill replay FUNCTION FILE... [options]

DESCRIPTION
  Puts the records of the files into a stream of this machine, and has the function's event source
  mapping deliver them, with the settings of the template: batch size, retries, bisecting, filters,
  failure destination. The function runs in processes of its own, with the template's timeout, memory
  and variables; tables and queues are made for this run, and are empty. At the end it says what was
  delivered, retried, parked, lost and left.

  The mapping is on and begins at TRIM_HORIZON, whatever the template says. At full speed its batching
  window is at most 1 s and its pauses before retries are at most 100 ms; at ten times the speed both
  are a tenth. Where it would retry without end, a
  shard whose batch has failed --attempts times counts as stuck, and what is in it as left.

  A function that a delivery stream invokes gets the records through it: they are buffered by size,
  transformed, partitioned, converted and written to the bucket as its settings say, without waiting
  for the intervals of its buffers. The buckets are folders of .shardmill/replay, which is emptied
  before, or of --out. At the end it says what was put, transformed, dropped, failed and delivered,
  and in which folder. What would be sent to OpenSearch, Splunk or Redshift lies in
  .shardmill/outbox/replay, or in .outbox of --out. Logs are put line by line as they stand there, as agents send them, and so is
  what tells no format; --format combined makes JSON of them.

  A file is - for standard input, and may be packed with gzip. Its format is recognised:

${inputFormatsHelp}
  A failure document from a queue holds no data: shardmill redrive reads it from its stream.

OPTIONS
  --speed N             N times as fast as the records arrived: 1x, 10x, 0.5. Default: as fast as the
                        function takes them.
  --stream NAME         Which of the function's streams, where it reads several, or which delivery
                        stream, where several invoke it.
${inputOptionsHelp}  --key FIELD           The member of a JSON value that is its partition key, such as customer.id, for
                        records that have none. Default: each has its own.
  --skip-bad-lines      Leaves out lines that cannot be read, and says which. Default: none is replayed.
  --attempts NUMBER     Attempts after which a shard counts as stuck. Default: 20.
  --faults              Kills environments, throttles invocations and loses their answers (8 of 100
                        each), refuses requests to DynamoDB and loses its replies (1 of 100 each).
  --seed NUMBER         Which ones. Default: 1.
  --out DIR             Keeps the buckets as folders of this one, which must be empty or not there.
                        Default: .shardmill/replay with a delivery stream; without, nothing is kept.
  --page                Serves the page of shardmill dev for this run, at the address in the line "Page" on
                        standard error, and ends by Ctrl-C alone.
  --open                Opens it in the browser.
  --report FILE.html    Writes the run into one file that any browser shows, without network: what
                        happened to each batch and record, payloads included.
${opensearchHelp}  --aws NAMES           Services that are let through to AWS, such as ssm,secretsmanager, with the
                        credentials that you have at the start.
${projectOptionsHelp}${runOptionsHelp}  --json                One JSON object.
  --help                Prints this.

EXIT STATUS
  0  every record was delivered, dropped, filtered out, parked, or described in the failure
     destination
  1  records were lost, left, or failed on their way to a bucket, or it could not be run
  2  the command line is wrong

EXAMPLES
  shardmill replay departures yesterday.ndjson
  shardmill replay orders failed-batch.json --faults --seed 7
  shardmill replay departures events/departures.json --speed 10x --json
  shardmill replay orders failed-batch.json --report incident.html
  shardmill replay clean-logs events/access.log --out lake
`;
