/** What `shardmill kinesis --help` prints. */
export const kinesisHelp = `shardmill kinesis - Kinesis Data Streams on this machine

SYNOPSIS
  shardmill kinesis [--port 4567] [--stream name:shards]... [options]

DESCRIPTION
  Serves the API of Kinesis Data Streams (2013-12-02, all 39 actions) over HTTP/1.1 and HTTP/2, in
  JSON and CBOR, on one port, until Ctrl-C. Any AWS SDK, the AWS CLI, the KPL and the KCL talk to it
  when they are given its endpoint, any region and any credentials:

    AWS_ENDPOINT_URL_KINESIS=http://127.0.0.1:4567 aws kinesis list-streams

  GET /_health says whether it is up, with its streams.

  It listens on loopback only, keeps everything in memory and holds clients to AWS's limits, unless
  told otherwise.

OPTIONS
  --port NUMBER         Where to listen. 0: any port that is free. Default: 4567.
  --host ADDRESS        The address to listen on. Anything but a loopback address opens the server
                        to others, and it asks nobody for a password. Default: 127.0.0.1.
  --allow-host NAME     A name that clients may reach the server by. Addresses, names without dots
                        and names ending in .localhost, .local or .internal need none. Repeatable.
  --cors ORIGIN         Answers web pages of that origin, such as http://localhost:5173, so that an SDK
                        in a browser can put and read. Without it no page is answered. Repeatable.
  --stream NAME:SHARDS  Creates a stream at the start, unless it is there. Repeatable.
  --data DIR            Keeps streams and records in DIR, across restarts and crashes.
  --max-bytes BYTES     What all records may take in memory together; the oldest go first. Default:
                        no bound but retention.
  --no-limits           Lifts the limits on throughput per shard and on calls per second.
  --transitions         Streams and consumers take their time (10 s) to come, change and go, with
                        the status that says so. Without it every change takes effect at once.
  --throttle ACTION=RATE
                        Refuses calls by chance, as if there had been too many: RATE is from 0 to 1.
                        PutRecords refuses single records. Repeatable.
  --fail ACTION=RATE    Fails calls by chance with InternalFailureException. Repeatable.
  --latency ACTION=MS   Answers late, in milliseconds. Repeatable.
  --tls                 Speaks TLS too, on the same port, with a certificate of its own making, which
                        clients have to trust or not to verify. The KPL needs it.
  --tls-cert FILE       With --tls-key, a certificate to use instead (PEM).
  --tls-key FILE        Its key (PEM).
  --region NAME         The region in ARNs. Default: us-east-1.
  --account NUMBER      The account in ARNs. Default: 123456789012.
  --json                Prints one line of JSON when it listens, for programs.
  --help                Prints this.

EXIT STATUS
  0  ended by Ctrl-C or SIGTERM
  1  could not listen, or could not use the directory
  2  the command line is wrong

EXAMPLES
  shardmill kinesis --stream orders:4
  shardmill kinesis --data .kinesis --stream orders:2 --no-limits
  shardmill kinesis --throttle PutRecords=0.1 --fail GetRecords=0.02
`;
