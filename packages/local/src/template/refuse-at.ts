/** How a part of a document is refused: with its path and its line. */
import type { Path, TemplateDocument } from "./document.ts";
import { TemplateError } from "./error.ts";

/** Throws a `TemplateError`. */
export const refuseAt =
  ({ file, lineOf }: TemplateDocument) =>
  (message: string, path: Path): never => {
    const line = lineOf(path);
    throw new TemplateError(`${path.join(".")}: ${message}`, {
      place: { file, ...(line !== undefined && { line }) },
    });
  };
