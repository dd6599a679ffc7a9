/** Why a port cannot be had, and what to do. */

const why: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is in use. Stop what listens there, or choose another with --port.",
  EACCES: "this user may not. Choose a port above 1023 with --port.",
  EADDRNOTAVAIL: "this machine has no such address. Choose another with --host.",
  ENOTFOUND: "nobody knows that host. Choose another with --host.",
};

/** Throws what a command says in the place of the system's error, which may be the cause of one. */
export function cannotListen(host: string, port: number, error: unknown): never {
  const { code, cause, message } = error as NodeJS.ErrnoException;
  const reason = why[code ?? (cause as NodeJS.ErrnoException)?.code ?? ""] ?? message;
  throw new Error(`Cannot listen on ${host} port ${port}: ${reason}`, { cause: error });
}
