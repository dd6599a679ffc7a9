/** A parked record as JSON, its payload in base64. */
export const parkedJson = ({
  data,
  ...fields
}: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  ...fields,
  ...(data instanceof Uint8Array && { data: Buffer.from(data).toString("base64") }),
});
