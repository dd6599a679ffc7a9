/** Which failures of AWS may pass. */

/** Of error names: throttles, time-outs, faults of the server, lost connections, transactions that met. */
const transient =
  /Throttl|Throughput|RequestLimit|Timeout|Internal|Unavailable|Networking|TransactionConflict|TransactionInProgress/;

/** Whether the same call may succeed later: a throttle, a time-out, a server's fault, a lost connection. */
export function isTransient(error: unknown): boolean {
  const { name, code, $metadata } = (error ?? {}) as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  return (
    transient.test(name ?? "") ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    /^(ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOST|ENET)/.test(code ?? "")
  );
}
