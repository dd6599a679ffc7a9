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

/**
 * An error in the words of JSON 1.1. As AWS does, it says under `Message` what could not be read, and
 * under `message` what else is wrong; nothing where there is no text.
 */
export function errorBody(code: string, message: string): Readonly<Record<string, string>> {
  if (message === "") return { __type: code };
  return { __type: code, [code === "SerializationException" ? "Message" : "message"]: message };
}

/** What is not of the type that the service wants. */
export const serialization = (message = "") =>
  new RequestRefusal("SerializationException", message);
