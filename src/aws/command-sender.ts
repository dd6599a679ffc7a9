/**
 * A client of the AWS SDK, from whichever copy and version of it, or what hands its commands on. Not by the SDK's own types: those
 * of two versions do not meet, and who does not use a service need not have its client installed.
 */
export interface CommandSender {
  send(command: any): PromiseLike<any>;
}
