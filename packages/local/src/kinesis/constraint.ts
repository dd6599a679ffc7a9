/** The constraints of the service's model, refused as the service words it. */
import { constraintMessage, validationText } from "../../../services/src/protocol/constraint.ts";
import { KinesisError } from "./error.ts";

/** "1 validation error detected: Value 'x' at 'streamName' failed to satisfy constraint: …". */
export function constraintError(member: string, value: unknown, constraint: string): KinesisError {
  const shown = value === undefined ? undefined : `'${value}'`;
  const message = constraintMessage(member, shown, constraint);
  return new KinesisError("ValidationException", validationText([message]));
}

/** Refuses a name that has not 1 to 128 letters, digits, underscores, periods and hyphens. */
export function checkName(member: string, name: string): void {
  if (name.length > 128) {
    throw constraintError(member, name, "Member must have length less than or equal to 128");
  }
  if (!/^[a-zA-Z0-9_.-]+$/.test(name)) {
    const pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
    throw constraintError(member, name, pattern);
  }
}

/** Refuses what is not a whole number from `least` to `most`. */
export function checkRange(member: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least) {
    const rule = `Member must have value greater than or equal to ${least}`;
    throw constraintError(member, value, rule);
  }
  if (value > most) {
    throw constraintError(member, value, `Member must have value less than or equal to ${most}`);
  }
}
