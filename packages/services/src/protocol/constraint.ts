/** Constraints of a service's model, in the words of the service. */

/** `shown`: the value as it is repeated, quotes included; undefined where it is not. */
export function constraintMessage(
  member: string,
  shown: string | undefined,
  constraint: string,
): string {
  const value = shown === undefined ? "" : ` ${shown}`;
  return `Value${value} at '${member}' failed to satisfy constraint: ${constraint}`;
}

/** "2 validation errors detected: …; …" */
export function validationText(messages: readonly string[]): string {
  const count = `${messages.length} validation error${messages.length === 1 ? "" : "s"}`;
  return `${count} detected: ${messages.join("; ")}`;
}
