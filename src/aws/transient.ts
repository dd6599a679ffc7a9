/** Which failures of AWS may pass. */

/** Of names and codes of errors: throttles, time-outs, faults of the server, transactions that met, lost connections. */
const transient =
  /Throttl|Throughput|RequestLimit|Timeout|Internal|Unavailable|Networking|TransactionConflict|TransactionInProgress|ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOST|ENET/;

/** Whether the same call may succeed later: a throttle, a time-out, a server's fault, a lost connection. */
export function isTransient(error: unknown): boolean {
  const { name, code, $metadata } = (error ?? {}) as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  return transient.test(`${name} ${code}`) || ($metadata?.httpStatusCode ?? 0) >= 500;
}
