import { whenReady } from "../ready.ts";

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

/** The validated value, or an error that names each field and what is wrong with it. */
export function validate<Output>(
  schema: StandardSchema<Output>,
  value: unknown,
): Output | Promise<Output> {
  return whenReady(schema["~standard"].validate(value), outputOf);
}

function outputOf<Output>(result: Result<Output>): Output {
  if (!result.issues) return result.value;
  const shown = result.issues.slice(0, 5).map(describeIssue);
  const more = result.issues.length - shown.length;
  throw new TypeError(
    `The record does not match its schema: ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
    { cause: result.issues },
  );
}

function describeIssue({ message, path }: Issue): string {
  if (!path?.length) return message;
  const keys = path.map((step) => String(typeof step === "object" ? step.key : step));
  return `${keys.join(".")}: ${message}`;
}
