/** What `shardmill lint --help` prints. */
import { projectOptionsHelp } from "../project/options.ts";

export const lintHelp = `shardmill lint - what in the template loses records, or repeats them

SYNOPSIS
  shardmill lint [options]

DESCRIPTION
  Reads the template, builds each function that reads a stream, loads it in a process of its own with
  the variables that it is deployed with, and compares the options of its kinesisConsumer with its
  event source mapping, its role and its tables. Each finding says where it is, what is the case, how
  records are lost by it, and the line to write. Nothing is asked of AWS, and no handler is invoked.

  A pipe of EventBridge from a stream to a function is checked as the mapping that it is.

  A mapping is checked whatever its function is written in: its settings, and what its role may do. The
  code is looked at where it is Node.js and on this machine; where it is not, that is said.

CHECKS
  handler-not-found                   its file is not there
  program-does-not-start              bootstrap is built for another architecture
  handler-does-not-start              its module throws when it is loaded
  pipe-to-consumer                    a pipe's event is none of a kinesisConsumer's
  settings-refused                    Lambda refuses the mapping
  partial-responses-off               no ReportBatchItemFailures: what fails counts as done
  retries-below-attempts              the mapping discards before the handler parks
  discarded-without-trace             finite retries or a record age, and no destination
  timestamp-lost                      AT_TIMESTAMP without its timestamp
  filter-on-data-that-is-not-json     everything is filtered out, in silence
  starts-at-latest                    what comes while the mapping comes up is skipped
  timeout-too-short                   a batch does not fit into an invocation
  permission-missing                  the role lacks what the mapping or the consumer does
  parallelization-unknown-to-handler  lanes that the handler does not know of
  tumbling-window-unfit               windows of the mapping, and a handler that counts in none, or the reverse
  consumer-name-shared                two functions write one progress log
  progress-kept-too-short             progress is forgotten before its records
  progress-table-unfit                no progress fits under the table's key

  Advice, which does not count as found:
  record-age-unlimited                records may expire unseen
  bisect-off                          one record may take its whole batch with it
  item-failures-unread                no ReportBatchItemFailures, before code that is none of shardmill's
  lanes-within-a-shard                a parallelization factor, before such code
  progress-stays-for-ever             the progress table has no time to live

OPTIONS
${projectOptionsHelp}  --verbose             Says each thing that was not checked, and why; not those of streams alone.
  --format NAME         text, json, sarif (for code scanning: findings are errors, advice is notes) or
                        junit (for CI servers: findings are failures). Default: text.
  --json                --format json: one object, findings, advice, notChecked, checked, withoutCode.
  --help                Prints this.

EXIT STATUS
  0  nothing was found
  1  something was found, there was no mapping to check, or the template cannot be read
  2  the command line is wrong

EXAMPLES
  shardmill lint
  shardmill lint --template .aws-sam/build/template.yaml --json
  shardmill lint --format sarif > shardmill.sarif
`;
