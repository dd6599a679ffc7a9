/** Calls of AWS that must be answered in time: a connection that is dead says nothing for minutes. */
import type { CommandSender } from "./command-sender.ts";

/** There was no answer. What was asked may have happened; the same call may be answered later. */
export class NoAnswer extends Error {
  override readonly name = "TimeoutError";
}

export interface InTime {
  /** Milliseconds. */
  readonly ms: number;
  /** Who is asked, as the error says it. */
  readonly who: string;
  /** Ends the call, and what its answer goes on to send. */
  readonly closing?: AbortController;
}

/** Sends a command. Rejects with `NoAnswer` when time is up. */
export async function sendInTime<T>(
  client: CommandSender,
  command: unknown,
  { ms, who, closing = new AbortController() }: InTime,
): Promise<T> {
  const late = setTimeout(() => closing.abort(), ms);
  try {
    return (await client.send(command, { abortSignal: closing.signal })) as T;
  } catch (cause) {
    if (!closing.signal.aborted) throw cause;
    throw new NoAnswer(`${who} did not answer within ${ms / 1000} s.`, { cause });
  } finally {
    clearTimeout(late);
  }
}
