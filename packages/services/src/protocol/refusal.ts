/** A request that cannot be read, or that breaks the constraints of its service. */
export class RequestRefusal extends Error {
  /** AWS's code. Also the `name` of the error. */
  readonly code: "SerializationException" | "ValidationException";

  constructor(code: RequestRefusal["code"], message: string) {
    super(message);
    this.name = code;
    this.code = code;
  }
}

/** What is not of the type that the service wants. */
export const serialization = (message = "") =>
  new RequestRefusal("SerializationException", message);
