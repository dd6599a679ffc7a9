/** What `shardmill work --help` prints. */
import { bothServicesHelp } from "../aws/client.ts";

export const workHelp = `shardmill work - a Lambda handler over a stream's shards, where there is no Lambda

SYNOPSIS
  shardmill work FILE --stream NAME --application NAME [options]

DESCRIPTION
  Reads the stream, and gives its records to the handler as Lambda's event source mapping would. Several
  that run at once share the shards by a lease table, the one of the Kinesis Client Library; it is made
  where it is missing. Ctrl-C and SIGTERM finish what has begun, write the positions and hand over;
  a second one ends it at once. Shows how far each shard has come.

OPTIONS
  --stream NAME         The stream, by name or ARN. May be given several times.
  --application NAME    Workers of one name share the shards. Also the name of the lease table.
  --table NAME          Another name for the lease table.
  --handler NAME        The export that is the handler. Default: handler.
  --from POSITION       Where a shard begins that nobody has read yet: TRIM_HORIZON, LATEST, or a date.
                        Default: TRIM_HORIZON.
  --batch-size N        Most records of an event. Default: 100.
  --fan-out             Reads by enhanced fan-out, through a consumer of the application's name. It stays
                        registered, and costs as long as it is.
  --worker-id NAME      The beginning of the worker's id. Default: the host's name.
${bothServicesHelp}  --json                A line of JSON for everything that happens.
  --help                Prints this.

EXIT STATUS
  0  it was stopped, and everything that had begun was finished
  1  it ended by itself: no such stream, a table of KCL 3.0 to 3.4, or an effect that hangs
  2  the command line is wrong

EXAMPLES
  shardmill work handlers/billing.ts --stream orders --application billing
`;
