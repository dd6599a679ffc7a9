/** What the values of a resource look like in Terraform's JSON. */

export type Values = Readonly<Record<string, any>>;

/** A block is a list of one, or none. */
export const block = (value: any): any => (Array.isArray(value) ? value[0] : value) ?? undefined;

/** Terraform has 0 and empty texts for what is not set. */
export const set = <T>(value: T): T | undefined =>
  value === "" || value === 0 || value === null ? undefined : value;
