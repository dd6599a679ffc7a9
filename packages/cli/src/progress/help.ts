/** What `shardmill progress --help` prints. */
import { awsOptionsHelp } from "../aws/client.ts";

export const progressHelp = `shardmill progress - what the logs in a table say, and how to have everything done again

SYNOPSIS
  shardmill progress show  --table NAME [options]
  shardmill progress reset --table NAME --consumer NAME [options]

DESCRIPTION
  show   Prints for each shard: the checkpoint, records that are open or parked, the newest writer, the
         window that the log covers, its size, and what it costs to write.
  reset  Appends to each log that everything before is forgotten: what Lambda delivers from then on is
         processed, whether it was before or not. Nothing is deleted. To have old records delivered
         again, give the function a new mapping that starts AT_TIMESTAMP or at TRIM_HORIZON. Turn the
         old one off before: leases of batches under way are forgotten, too.

OPTIONS
  --table NAME          The progress table. Default: PROGRESS_TABLE.
  --consumer NAME       Only this consumer's logs; reset needs it.
  --stream NAME         Only logs of this stream.
  --shard ID            Only logs of this shard.
  --yes                 Resets without asking.
${awsOptionsHelp("shardmill dev")}  --json                A line of JSON for each log.
  --help                Prints this.

EXIT STATUS
  0  it was done; or the table has no progress yet
  1  it was not: there is no such table, consumer, stream or shard, or nobody answers
  2  the command line is wrong

EXAMPLES
  shardmill progress show --table progress
  shardmill progress show --table progress --consumer billing --json | jq .open
  shardmill progress reset --table progress --consumer billing
`;
