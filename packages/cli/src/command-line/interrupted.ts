/**
 * Aborted by Ctrl-C or SIGTERM: whoever has the signal ends what it began. A second Ctrl-C does not wait
 * for that. The functions' processes end with this one in any case.
 */
export function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}
