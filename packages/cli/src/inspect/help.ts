/** What `shardmill inspect --help` prints. */
export const inspectHelp = `shardmill inspect - what stands in an event, a record, a sequence number, shown in full

SYNOPSIS
  shardmill inspect FILE|- [--json]
  shardmill inspect SEQUENCE-NUMBER

DESCRIPTION
  Tells by its content what a file or standard input holds, and prints all of it for a person. Nothing
  is asked of AWS, and nothing is sent.

    an event          of a Kinesis stream or of a Firehose transformation: each record with its place,
                      its keys and its data; aggregates taken apart, packed data (gzip, zlib, zstd)
                      unpacked; JSON as JSON, other text as it is, bytes in hexadecimal
    records           what GetRecords answers, and what shardmill record writes
    an aggregated record
                      of the KPL: its bytes, or these in base64
    a sequence number
                      alone, or with its place in an aggregate (…2214.3), or with its shard before it
                      (shardId-000000000000:…2214): the shard, when that was created, when the record
                      was put, and its index, which orders the records of the shard
    a failure document
                      from a queue, a topic or a bucket; with the event in it, where it is
    an entry of a progress log, a parked record
                      as an item of the table, in DynamoDB's JSON or plain; a parked record also as
                      an object of a bucket or a message of a queue

  One of these, a JSON list of them, or one a line. What the AWS CLI prints of get-item, query, scan,
  get-records and receive-message is taken as it is, and so are messages that came through a topic, and
  files that gzip has packed.

OPTIONS
  --json                Prints one JSON object a line for each thing: file, line, kind, problems, and what it says.
  --help                Prints this.

EXIT STATUS
  0  everything was recognised, and nothing is wrong with it
  1  something was not recognised, or has problems: standard error says which, and on which line
  2  the command line is wrong

EXAMPLES
  shardmill inspect events/departures-aggregated.json
  shardmill inspect 49590338271490256608559692538361571095921575989136588898
  aws sqs receive-message --queue-url "$URL" | shardmill inspect -
  aws dynamodb query … | shardmill inspect - --json | jq .records
`;
