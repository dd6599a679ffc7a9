/**
 * Functions that make a decoder or an encoder. One that stands where its result is wanted (`decode: json`) is a function like any
 * other, and would make a decoder of each record: so it says what to write instead.
 */

const brand = Symbol.for("shardmill.maker");

/** `call` is the line to write. To be called as `@__PURE__`, so that a bundle leaves out what nobody uses. */
export const maker = <Make extends object>(make: Make, call: string): Make =>
  Object.assign(make, { [brand]: call });

/** What to write instead, if it was not called; or if it is a schema, which some libraries make functions. */
export const callOf = (value: any): string | undefined =>
  typeof value === "function"
    ? (value[brand] ?? (value["~standard"] && "json(schema)"))
    : undefined;
