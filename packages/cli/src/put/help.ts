/** What `shardmill put --help` prints. */
import { awsOptionsHelp } from "../aws/client.ts";
import { inputOptionsHelp } from "../input/command-options.ts";
import { inputFormatsHelp } from "../input/index.ts";

export const putHelp = `shardmill put - what stands in a file, into a stream

SYNOPSIS
  shardmill put STREAM FILE...|- [options]
  shardmill put STREAM FILE --follow [options]

DESCRIPTION
  Puts every line, row or entry of the files into the stream, by PutRecords. STREAM is a name or an ARN.
  What a stream refuses is sent again, alone and ever later, until it is taken.

  The records of a partition key stay in the order of the file: of each key one record is under way at
  a time. With few keys that is slow; --aggregate or --unordered is not.

  The formats, which are told by the name and the first line of a file, or by --format; a file may be
  packed with gzip. JSON is put as it is written, on one line:

${inputFormatsHelp}
OPTIONS
${inputOptionsHelp}  --key FIELD           The partition key is this field of the data, or a path such as customer.id.
                        Default: the key that the input has (formats records and event), else a random
                        key for each record, so that they spread over all shards in no order.
  --aggregate           Packs records into KPL aggregates, up to 50 KiB each, by the shard where they
                        belong. A consumer has to take them apart, as shardmill and the KCL do.
  --unordered           Several records of a key may be under way at once. One that was refused then
                        comes after those that were taken.
  --rate NUMBER         So many records a second at most. Default: as many as the stream takes.
  --concurrency NUMBER  So many requests at once, from 1 to 100. Default: 4.
  --follow, -f          Goes on when the file grows, and when it is rotated, by renaming it or by
                        copying and truncating it; until Ctrl-C. Each line is put at least once, none
                        is left out; after a restart it goes on where everything before was put.
  --checkpoint FILE     Where that is kept. Without --follow it lets a put that was interrupted go on.
                        Default with --follow: FILE.STREAM.checkpoint beside the file.
  --restart             Begins at the beginning of the file, whatever the checkpoint says.
  --skip-bad-lines      Leaves out lines that cannot be read, and says which. Default: ends at the first.
                        Of CSV, a line with a quote that is never closed; what stands behind it is read.
  --give-up-after SECONDS
                        Ends when nothing at all was taken for so long. Default: 60; with --follow: never.
${awsOptionsHelp("shardmill kinesis")}  --json                Prints one JSON object: records, bytes, streamRecords, requests, refused,
                        skipped, seconds, shards, stoppedAt.
  --help                Prints this.

  Ctrl-C sends nothing more, waits for what is under way, saves the checkpoint, and says where it was.

EXIT STATUS
  0  everything was put; or --follow was ended by Ctrl-C
  1  it was not: a line that cannot be read, a stream that does not answer, Ctrl-C
  2  the command line is wrong

EXAMPLES
  shardmill put orders orders.ndjson --key customer.id
  shardmill put clicks /var/log/nginx/access.log --follow --key host --aggregate
  shardmill put orders last-night.ndjson --endpoint http://127.0.0.1:4567
  zcat clicks.csv.gz | shardmill put clicks - --format csv --rate 100
  shardmill put customers export.csv --encoding windows-1252 --key id
  shardmill put trail 123456789012_CloudTrail_*.json.gz --each Records --key eventID
`;
