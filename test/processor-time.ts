/** Milliseconds of processor time of this thread: what is quadratic shows in it, and what runs beside does not. Node 22 knows the process alone. */
export function processorTime(): number {
  const { user, system } = (process.threadCpuUsage ?? process.cpuUsage)();
  return (user + system) / 1000;
}
