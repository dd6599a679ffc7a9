/**
 * The shapes of requests, as data: what type a member has, and the constraints that the service's
 * model puts on it. Members are checked, and complained of, in the order in which they stand here.
 */

export type Shape = (
  | {
      readonly type: "string";
      readonly pattern?: string;
      readonly values?: readonly string[];
      readonly min?: number;
      readonly max?: number;
    }
  | { readonly type: "integer"; readonly min?: number; readonly max?: number }
  | { readonly type: "boolean" }
  | { readonly type: "timestamp" }
  | { readonly type: "blob"; readonly max?: number }
  | { readonly type: "list"; readonly member: Shape; readonly min?: number; readonly max?: number }
  | ({ readonly type: "map"; readonly key: Shape; readonly value: Shape } & Lengths)
  | { readonly type: "structure"; readonly members: Members }
) & { readonly required?: boolean };

interface Lengths {
  readonly min?: number;
  readonly max?: number;
}

export type Members = Readonly<Record<string, Shape>>;

/** What a request of these members is read as. */
export type InputOf<M extends Members> = {
  readonly [Name in keyof M as M[Name] extends { required: true } ? Name : never]: ValueOf<M[Name]>;
} & {
  readonly [Name in keyof M as M[Name] extends { required: true } ? never : Name]?:
    | ValueOf<M[Name]>
    | undefined;
};

/** Timestamps are epoch milliseconds, maps are Maps. */
type ValueOf<S> = S extends { type: "string"; values: readonly (infer V)[] }
  ? V
  : S extends { type: "string" }
    ? string
    : S extends { type: "integer" | "timestamp" }
      ? number
      : S extends { type: "boolean" }
        ? boolean
        : S extends { type: "blob" }
          ? Uint8Array
          : S extends { type: "list"; member: infer M }
            ? readonly ValueOf<M>[]
            : S extends { type: "map" }
              ? ReadonlyMap<string, string>
              : S extends { type: "structure"; members: infer M extends Members }
                ? InputOf<M>
                : never;

export const string = <const S extends { pattern?: string } & Lengths>(constraints: S) =>
  ({ type: "string", ...constraints }) as const;
export const oneOf = <const V extends readonly string[]>(...values: V) =>
  ({ type: "string", values }) as const;
export const integer = <const S extends Lengths>(constraints: S) =>
  ({ type: "integer", ...constraints }) as const;
export const boolean = { type: "boolean" } as const;
export const timestamp = { type: "timestamp" } as const;
export const blob = (max: number) => ({ type: "blob", max }) as const;
export const list = <const M extends Shape>(member: M, lengths: Lengths) =>
  ({ type: "list", member, ...lengths }) as const;
export const map = <const K extends Shape, const V extends Shape>(
  key: K,
  value: V,
  lengths: Lengths,
) => ({ type: "map", key, value, ...lengths }) as const;
export const structure = <const M extends Members>(members: M) =>
  ({ type: "structure", members }) as const;

/** A member that must be there. */
export const required = <const S extends Shape>(shape: S) =>
  ({ ...shape, required: true }) as const;
