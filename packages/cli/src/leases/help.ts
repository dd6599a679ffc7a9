/** What `shardmill leases --help` prints. */
import { awsOptionsHelp } from "../aws/client.ts";

export const leasesHelp = `shardmill leases - who has the shards of an application of workers, and how far they are

SYNOPSIS
  shardmill leases show    --application NAME [options]
  shardmill leases release --application NAME (--worker ID | --shard KEY) [options]

DESCRIPTION
  show     Prints the leases of the table: the shard, how far it is done, who has it, who is to get it. The
           table may be one of the Kinesis Client Library.
  release  Takes leases away from a worker that is gone for good, so that others need not wait until they
           expire. A worker that lives notices it at its next sign of life, and what it has begun repeats.

OPTIONS
  --application NAME    The application: the name of its lease table.
  --table NAME          The lease table, where it has another name.
  --worker ID           Only this worker's leases.
  --shard KEY           Only this lease: a shard id, or with several streams what show prints.
${awsOptionsHelp("shardmill dev")}  --json                A line of JSON for each lease.
  --help                Prints this.

EXIT STATUS
  0  it was done; or the table has no leases
  1  it was not: there is no such table or lease, or nobody answers
  2  the command line is wrong

EXAMPLES
  shardmill leases show --application billing
  shardmill leases release --application billing --worker ip-10-0-0-7:5f0c9a1be2d3:shardmill
`;
