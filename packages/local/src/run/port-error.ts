/** What stands in the way of a service's port. */
import type { LocalService } from "./variables.ts";

/** A service cannot listen where it should. */
export class PortError extends Error {
  override readonly name = "PortError";
  /** `all`: the one address of all. */
  readonly service: LocalService | "all";
  readonly port: number;
  /** `EADDRINUSE`, `EACCES`… */
  readonly code: string;

  constructor(service: LocalService | "all", host: string, port: number, cause: unknown) {
    const code = systemCode(cause) ?? "unknown";
    super(`${service} cannot listen on ${host} port ${port}: ${reasons[code] ?? message(cause)}`, {
      cause,
    });
    this.service = service;
    this.port = port;
    this.code = code;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is in use.",
  EACCES: "this user may not.",
  EADDRNOTAVAIL: "this machine has no such address.",
};

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The system's code for what went wrong, here or further down. */
export function systemCode(error: unknown): string | undefined {
  const { code, cause } = (error ?? {}) as { code?: string; cause?: unknown };
  return code ?? (cause === undefined ? undefined : systemCode(cause));
}
