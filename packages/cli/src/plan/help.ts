/** What `shardmill plan --help` prints. */
import { inputOptionsHelp } from "../input/command-options.ts";

export const planHelp = `shardmill plan - shards, mapping settings, iterator age and cost for a load

SYNOPSIS
  shardmill plan --rate RECORDS [--bytes BYTES] [--keys KEYS] [--handler-ms MS] [options]
  shardmill plan --from FILE [--handler-ms MS] [options]
  shardmill plan --scaling --load FILE [--min-shards N] [--max-shards N] [options]

DESCRIPTION
  Says how many shards a stream needs and whether on-demand is cheaper, and for a consumer the mapping's
  ParallelizationFactor, BatchSize and MaximumBatchingWindowInSeconds. The queue in front of the function
  is then simulated, by the event source mapping of this package under a virtual clock, for the busiest
  shard; its iterator age, its invocations and the month's cost are what came of it.

  Shards are the most of KiB/s in / 1,024, records/s / 1,000 and KiB/s out of all shared consumers /
  2,048; more where the function could not keep up with fewer.

LOAD
  --rate RECORDS        User records a second, on average. 1e6 is a number like any other.
  --peak RECORDS        In the busiest second. Default: the average, or what the recording shows.
  --bytes BYTES         Of a record with its partition key, on average. Default: 1024.
  --keys KEYS           Partition keys in use. Default: 10000.
  --hottest-key PERCENT Of all records, that have the busiest key. Default: all keys are alike.
  --aggregate RECORDS   User records in a KPL aggregate. Default: 1, none.
  --from FILE           A recording (shardmill record, NDJSON), or any input with arrival times that
                        replay takes; - is standard input. The options above go before what it shows.
${inputOptionsHelp}
CONSUMER
  --handler-ms MS       What the effect of one record takes. Default: 5.
  --overhead-ms MS      What an invocation takes beside its effects. Default: 20.
  --concurrency RECORDS Records at once in an invocation; those of one key follow each other. Default: 10.
  --consumers NUMBER    Consumers that share the shards' reads, this one included. Default: 1.
  --fan-out             This one has enhanced fan-out.
  --max-age SECONDS     The iterator age that should not be exceeded. Default: 10.
  --timeout SECONDS     The function's. Default: 60.
  --memory MB           The function's. Default: 512.
  --no-progress         No progress in DynamoDB.
  --headroom PERCENT    Of the shards' write throughput, that stays free at the peak. Default: 0.

SCALING
  --scaling             Plays a load of days against shardmill/scaling instead, and draws shards over load; a stream
                        that is fixed, and on-demand mode, stand beside it with their prices.
  --load FILE           CSV with the columns time, bytes and records: what was put in each minute. Or --from.
  --min-shards NUMBER   Fewest. Default: 1.
  --max-shards NUMBER   Most. Default: 10000.
  --target PERCENT      Of the shards, that the busiest minute should fill. Default: 75.
  --operations NUMBER   UpdateShardCount calls in 24 hours, 4 to 10. Default: 8.

OUTPUT
  --prices FILE         Prices to use instead of those in the package.
  --print-prices        Prints those, with their date and source: a file to edit.
  --json                Prints the plan as one line of JSON.
  --help                Prints this.

EXIT STATUS
  0  a plan that keeps up, within the wanted age
  1  none does, and the plan says why; or a file could not be read
  2  the command line is wrong

EXAMPLES
  shardmill plan --rate 5000 --bytes 2048 --handler-ms 5
  shardmill plan --rate 1e6 --bytes 200 --aggregate 100 --handler-ms 0.2 --max-age 60
  shardmill record orders > monday.ndjson; shardmill plan --from monday.ndjson
  shardmill plan --scaling --load minutes.csv --max-shards 64
  shardmill plan --print-prices > prices.json; shardmill plan --rate 500 --prices prices.json
`;
