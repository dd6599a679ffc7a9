/** Errors that quote a payload, and what can be said of them without it: log lines show no payload unless they are asked to. */

const brand = Symbol.for("shardmill.unquoted");

/** The error, with what may be said of it where nothing of the payload may be seen. @default its message, which quotes nothing */
export function unquotedAs<E extends Error>(error: E, message: string = error.message): E {
  return Object.assign(error, { [brand]: message });
}

/** What may be said of an error, or of its cause, where nothing of the payload may be seen; undefined if that is not known. */
export function unquoted(error: unknown): string | undefined {
  const { cause, [brand]: own } = (error ?? {}) as { cause?: unknown; [brand]?: string };
  return own ?? (cause as { readonly [brand]?: string } | null | undefined)?.[brand];
}
