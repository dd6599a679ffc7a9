/** What `shardmill redrive --help` prints. */
export const redriveHelp = `shardmill redrive - what was parked or given up, once more

SYNOPSIS
  shardmill redrive --table NAME [--consumer NAME] TARGET [options]
  shardmill redrive --queue URL TARGET [options]
  shardmill redrive --bucket NAME [--prefix PREFIX] TARGET [options]
  shardmill redrive FILE... TARGET [options]

DESCRIPTION
  Brings back what a consumer has parked (dynamodbParking, sqsParking, s3Parking), and batches that
  Lambda gave up and described in a failure destination: a queue, a topic's queue, a bucket, or a file.

  A parked record comes back under the position and the unique id that it had. Its effect is remembered
  by the consumer's log: another redrive, or Lambda, does not repeat it. Only what the log says is parked
  is taken: an item that was never confirmed is looked up in the log first, for which --progress-table is
  needed where --table is not given. What fails again stays parked; what stands behind it under the same
  key waits, where the consumer has afterPark: "parkKey". Once all of such a key is back, later records
  of the key are processed again. What one record does keeps none of the others.

  A progress reset does not forget what is parked: it comes back, unless a delivery has done it since.

  Payloads that were too large to be parked, and batches of which a failure document has the positions
  alone, are read from the stream again, and it says so when the stream does not have them any more.

  Items are marked as redriven, messages and failure documents deleted, after their effect is done and
  remembered, never before. An item belongs to one redrive at a time, for 16 minutes at most.

SOURCE
  --table NAME          The table with parked records. Default: PROGRESS_TABLE.
  --consumer NAME       Whose. Needed where the table has those of several.
  --queue URL           A queue with parked records, failure documents, or both.
  --bucket NAME         A bucket with parked records, failure documents, or both; under --prefix.
  FILE                  A failure document.

TARGET
  --function NAME|ARN   The deployed function, invoked once for each batch of records.
  --handler FILE[:EXPORT]
                        A handler, bundled and run on this machine, with your variables and credentials, as
                        the function that wrote the log. EXPORT is handler if it is not given.
  --stream NAME|ARN     A stream, as new records. Not the records' own stream where they have unique ids:
                        there they would be taken for duplicates of themselves.
  --dry-run             Says what would be done, and does nothing.

OPTIONS
  --id ID               Only this parked record. Repeatable.
  --limit NUMBER        So many records and documents at most. Those of a queue or a bucket are
                        kept in memory until their turn.
  --batch-size NUMBER   Records in an invocation. Default: 100.
  --progress-table NAME The consumer's log. Default: --table, or PROGRESS_TABLE.
  --unconfirmed         Also what was never confirmed and the log says nothing of, once Lambda cannot deliver
                        it any more: the stream's retention is over, or the mapping has given it up. (A queue's
                        messages are never confirmed, and the log keeps its entries for the retention and two
                        days.) What the log says was done is not repeated.
  --filter PATTERN      The mapping's filter pattern, for batches that are read from the stream again:
                        their range has the records too that were filtered out. Repeatable.
  --whole-range         Takes everything in the range of such a batch: there is no filter.
  --timeout SECONDS     Of --handler. Default: 60.
  --endpoint [SERVICE=]URL
                        Of dynamodb, kinesis, lambda, s3 or sqs, or of all of them. Repeatable. Default:
                        what AWS_ENDPOINT_URL… says.
  --region NAME         Default: as for any AWS client.
  --profile NAME        Default: as for any AWS client.
  --json                A line of JSON for each record and document, and one with the sums.
  --help                Prints this.

OUTCOMES
  redriven      done and remembered      repeated     an earlier redrive had done it
  duplicate     shares the fate of an earlier record with its unique id
  processed     a delivery did it: it was never confirmed, or the log was reset since
  failed        is parked as before      waiting      stands behind one that failed
  unsaved       done, but the log could not be told: another redrive repeats it
  unconfirmed   the log does not say that it is parked: it may be delivered again
  busy          another redrive has it   expired      the stream does not have it any more
  refused       cannot be brought back this way

EXIT STATUS
  0  all of it is back, or there was nothing; with --dry-run: it could be looked at
  1  something is not back
  2  the command line is wrong

EXAMPLES
  shardmill redrive --table progress --consumer billing --dry-run
  shardmill redrive --table progress --consumer billing --function billing-prod
  shardmill redrive --queue https://sqs.eu-west-1.amazonaws.com/1234/billing-failures --function billing
  shardmill redrive --bucket failures --prefix aws/lambda/ --handler handlers/billing.ts
`;
