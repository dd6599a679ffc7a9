import { isBytes } from "../values/kinds.ts";
/** A parked record as JSON, its payload in base64. */
export const parkedJson = ({
  data,
  ...fields
}: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  ...fields,
  ...(isBytes(data) && { data: Buffer.from(data).toString("base64") }),
});
