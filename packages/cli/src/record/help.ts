/** What `shardmill record --help` prints. */
import { awsOptionsHelp } from "../aws/client.ts";

export const recordHelp = `shardmill record - a stream's records, into a file

SYNOPSIS
  shardmill record STREAM [--output FILE] [options]

DESCRIPTION
  Writes the records of a stream, or of some of its shards, as NDJSON, one a line:

    {"shardId":"shardId-000000000000","sequenceNumber":"4967…2214",
     "approximateArrivalTimestamp":"2026-01-31T08:00:00.123Z","partitionKey":"SFO","data":"…"}

  data is text; bytes that are no UTF-8 stand in dataBase64 instead. KPL aggregates stay as they are.
  shardmill put and shardmill replay read such files. STREAM is a name or an ARN.

  Each shard's records stand in their order, and those of a shard before those of the shards that it was
  split or merged into. It ends where the stream ended when it began, unless --follow is given.

  The same command goes on where a recording was interrupted: its last lines and FILE.checkpoint beside
  it tell where. A line that was cut off is removed and read again.

OPTIONS
  --output FILE, -o     Default: -, standard output, which cannot go on later.
  --overwrite           Begins a new recording in FILE, whatever is in it.
  --shard ID            Only this shard. Repeatable. Default: all, and those that come.
  --from PLACE          Where to begin: TRIM_HORIZON, LATEST, a time (2026-01-31T08:00:00Z), how long ago
                        (90min, 2h, 1d), or, with one --shard, a sequence number. Default: TRIM_HORIZON.
  --until PLACE         Where to end: a time, how long ago, or a sequence number. Its record is in the
                        recording. Default: where the stream ends now; with --follow: nowhere.
  --limit NUMBER        Ends after so many records.
  --follow, -f          Waits for more, until --until or Ctrl-C.
${awsOptionsHelp("shardmill kinesis")}  --json                Prints one JSON object at the end: records, bytes, shards, seconds. Where the
                        records go to standard output, it goes to standard error.
  --help                Prints this.

EXIT STATUS
  0  recorded; or --follow was ended by Ctrl-C
  1  it could not be, or was interrupted: the same command goes on
  2  the command line is wrong

EXAMPLES
  shardmill record orders --from 2h --output last-night.ndjson
  shardmill record orders --shard shardId-000000000003 --from 4967…2214 --until 4967…9877
  shardmill record clicks --follow --from LATEST --endpoint http://127.0.0.1:4567
`;
