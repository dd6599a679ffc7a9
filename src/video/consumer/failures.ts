/** Which failures end a consumer of video, and which may pass. */

/** What ends the consumer: it is thrown on as it is. */
export class Final {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

export const nameOf = (error: unknown) => (error as Error | undefined)?.name;
export const idOf = (error: unknown) =>
  (error as { readonly errorId?: number } | undefined)?.errorId;

/** The code of the error that says so. */
export const missingSdk = "ERR_MODULE_NOT_FOUND";

/** Errors of GetMedia's tags that may pass. */
const passing: ReadonlySet<number> = new Set([3002, 4503, 5000]);

/** What AWS refuses for good, and what is wrong in the program. Limits and expired endpoints are neither. */
export function isFinal(error: unknown): boolean {
  const id = idOf(error);
  if (nameOf(error) === "GetMediaError" && id !== undefined) return !passing.has(id);
  if ((error as { readonly code?: string } | undefined)?.code === missingSdk) return true;
  return /^(ResourceNotFound|NotAuthorized|AccessDenied|InvalidArgument|Validation|UnrecognizedClient|InvalidSignature|CredentialsProviderError)/.test(
    nameOf(error) ?? "",
  );
}
