/**
 * A client of the AWS SDK, from whichever copy and version of it, or what hands its commands on. Not by the SDK's own types: those
 * of two versions do not meet, and who does not use a service need not have its client installed.
 */
export interface CommandSender {
  /** `abortSignal` ends the call; who hands commands on may leave it out. */
  send(command: any, options?: { readonly abortSignal?: AbortSignal }): PromiseLike<any>;
}
