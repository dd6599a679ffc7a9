/** What `shardmill sql --help` prints. */
import { inputOptionsHelp } from "../input/command-options.ts";

export const sqlHelp = `shardmill sql - an application of Kinesis Analytics' SQL: run over a file, checked, explained, moved

SYNOPSIS
  shardmill sql run APP.SQL --input FILE|- [--schema FILE] [--reference NAME=FILE]… [options]
  shardmill sql check APP.SQL [--schema FILE | --input FILE|-] [--reference NAME=FILE]…
  shardmill sql explain APP.SQL [--schema FILE | --input FILE|-] [--partition-key COLUMN]
  shardmill sql discover FILE|-
  shardmill sql flink APP.SQL [--schema FILE | --input FILE|-] [--reference NAME=FILE]… [--stream NAME]…
  shardmill sql import FILE [--application NAME] [--out FOLDER] [--force]

DESCRIPTION
  run       Plays the records of a file through the application under a clock of its own, and prints
            what reaches each stream as a table. The same file gives the same rows every time. Behind the
            last record time goes on until all windows are closed.
  check     Says where something is wrong, with line, column and what to write instead.
  explain   Prints the plan, and of each pump whether every shard can run it for itself.
  discover  Proposes a schema from a sample of records, as AWS writes it: for --schema, after a look.
  import    Makes a function's files of an application of Kinesis Analytics: app.sql, its schemas, handler.ts
            (sqlConsumer with source, reference tables, and outputs to streams, delivery streams and functions), and
            the part of serverless.yml that it needs. Says what could not be taken over. FILE is what
            aws kinesisanalytics describe-application or kinesisanalyticsv2 says, a template of CloudFormation,
            SAM or the CDK, or what terraform show -json says. Files that are there stay, unless --force.
  flink     Prints the application as SQL for Managed Flink: sources and outputs as tables, each stream a view, windows
            as TUMBLE and OVER, joins within a time, reference tables as of a row's time. Or says, pump by pump
            with line and column, what has no equal and why; then nothing is printed, and the exit status is 1.
            What means a little else there is said too. --stream names what goes out. Default: what no pump reads.

  Where there is no --schema, one is discovered from the --input.

OPTIONS
  --input FILE          Records: NDJSON, what shardmill record wrote, CSV and others; - is standard input.
  --schema FILE         The input schema as AWS writes it (InputSchema of describe-application).
  --source NAME         What the source is called in the SQL. Default: SOURCE_SQL_STREAM_001.
  --reference NAME=FILE A reference table: CSV with a line of names, or NDJSON; its schema is discovered.
  --partition-key NAME  The column that the producer partitions by.
  --time NAME           The member of a record that says when it came, ISO 8601 or epoch milliseconds.
                        Default: what the file says, or one second after another.
  --start TIME          When the first record comes that says nothing of that. Default: 2026-01-01T00:00:00Z.
  --started-at TIME     What CURRENT_TIMESTAMP says. Default: when the first record comes.
  --stream NAME         Prints this stream only; may come again. Default: all.
  --leave-open          Ends with the last record: windows that are open then give no rows.
  --application NAME    Of import: which of the applications in the file.
  --out FOLDER          Of import: where its files go. Default: a folder of the application's name.
  --force               Of import: writes over files that are there.
  --json                Prints one JSON object a line: stream, rowtime, row. Of explain: the pumps.
${inputOptionsHelp}  --help                Prints this.

EXIT STATUS
  0  it ran; of check: nothing is wrong
  1  something is wrong with the application, a file, or rows that went to the error stream; of import: files
     were written, and their SQL is refused
  2  the command line is wrong

EXAMPLES
  shardmill sql run ticker.sql --input trades.ndjson --time tradeTime
  shardmill sql discover trades.ndjson > schema.json
  shardmill sql explain ticker.sql --schema schema.json --partition-key TICKER
  aws kinesisanalyticsv2 describe-application --application-name Ticker > ticker.json
  shardmill sql import ticker.json --out src/ticker
`;
