import { whenReady } from "../../values/ready.ts";
import { unquotedAs } from "./unquoted.ts";

/**
 * The part of Standard Schema (https://standardschema.dev, version 1) that validation needs:
 * zod, valibot, arktype and others implement it.
 */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Result<Output> | PromiseLike<Result<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** What a schema's validation returns. */
export type OutputOf<Schema extends StandardSchema> = NonNullable<
  Schema["~standard"]["types"]
>["output"];

type Result<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The validated value, or an error that names each field and what is wrong with it, and ends with `hint`. */
export function validate<Output>(
  schema: StandardSchema<Output>,
  value: unknown,
  hint: () => string,
): Output | Promise<Output> {
  return whenReady(schema["~standard"].validate(value), (result) => {
    if (!result.issues) return result.value;
    throw mismatch(result.issues, hint());
  });
}

function mismatch(issues: readonly Issue[], hint: string): Error {
  const shown = issues.slice(0, 5).map(describeIssue);
  const more = issues.length - shown.length;
  const what = `${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
  const paths = new Set(issues.map(pathOf).filter(Boolean));
  const where = [...paths].slice(0, 10).join(", ");
  return unquotedAs(
    new TypeError(`The record does not match its schema: ${what}${hint && `.${hint}`}`, {
      cause: issues,
    }),
    `The record does not match its schema${where && `: what is wrong is at ${where}`}.${hint}`,
  );
}

const pathOf = ({ path = [] }: Issue): string =>
  path.map((step) => String(typeof step === "object" ? step.key : step)).join(".");

function describeIssue(issue: Issue): string {
  const path = pathOf(issue);
  return path ? `${path}: ${issue.message}` : issue.message;
}
