/** The counts of a mapping, under the names of its CloudWatch metrics. */

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export interface MappingMetrics {
  /** Records read from the stream; of a fan-out consumer, user records. */
  PolledEventCount: number;
  /** Records that matched no filter. */
  FilteredOutEventCount: number;
  /** Records handed to the function, again at each retry. */
  InvokedEventCount: number;
  /** Records of invocations that failed, and those that a partial response gave back. */
  FailedInvokeEventCount: number;
  /** Records given up without a document that reached its destination. */
  DroppedEventCount: number;
  /** Records given up whose document reached its destination. */
  OnFailureDestinationDeliveredEventCount: number;
  /** Documents that did not reach their destination. */
  DestinationDeliveryFailures: number;
  /** Milliseconds from the arrival of the last record of the latest batch to its delivery. */
  IteratorAge: number;
}

export function newMetrics(): MappingMetrics {
  return {
    PolledEventCount: 0,
    FilteredOutEventCount: 0,
    InvokedEventCount: 0,
    FailedInvokeEventCount: 0,
    DroppedEventCount: 0,
    OnFailureDestinationDeliveredEventCount: 0,
    DestinationDeliveryFailures: 0,
    IteratorAge: 0,
  };
}
