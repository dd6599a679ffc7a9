/** The syntax of jq 1.6 that is read here, as a tree. */

export type Expression =
  | { readonly type: "identity" }
  | { readonly type: "recurse" }
  | { readonly type: "literal"; readonly value: null | boolean | number | string }
  | { readonly type: "text"; readonly format: string; readonly parts: readonly TextPart[] }
  | { readonly type: "format"; readonly format: string }
  | {
      readonly type: "index";
      readonly target: Expression;
      readonly key: Expression;
      readonly optional: boolean;
    }
  | {
      readonly type: "slice";
      readonly target: Expression;
      readonly from: Expression | undefined;
      readonly to: Expression | undefined;
      readonly optional: boolean;
    }
  | { readonly type: "iterate"; readonly target: Expression; readonly optional: boolean }
  | { readonly type: "array"; readonly items: Expression | undefined }
  | { readonly type: "object"; readonly entries: readonly ObjectEntry[] }
  | { readonly type: "negate"; readonly operand: Expression }
  | { readonly type: "pipe" | "comma"; readonly left: Expression; readonly right: Expression }
  | {
      readonly type: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly type: "if";
      readonly condition: Expression;
      readonly then: Expression;
      readonly else: Expression;
    }
  | {
      readonly type: "try";
      readonly body: Expression;
      readonly handler: Expression | undefined;
    }
  | { readonly type: "variable"; readonly name: string }
  | {
      readonly type: "bind";
      readonly source: Expression;
      readonly pattern: Pattern;
      readonly body: Expression;
    }
  | {
      readonly type: "reduce";
      readonly source: Expression;
      readonly pattern: Pattern;
      readonly initial: Expression;
      readonly update: Expression;
    }
  | { readonly type: "call"; readonly name: string; readonly args: readonly Expression[] };

/** Text as it is, or an expression in \(…). */
export type TextPart = string | Expression;

export interface ObjectEntry {
  readonly key: Expression;
  readonly value: Expression;
}

export type Pattern =
  | { readonly type: "variable"; readonly name: string }
  | { readonly type: "array"; readonly items: readonly Pattern[] }
  | {
      readonly type: "object";
      readonly entries: readonly { readonly key: Expression; readonly value: Pattern }[];
    };

export const arithmetic = ["+", "-", "*", "/", "%"] as const;
export const comparisons = ["==", "!=", "<=", ">=", "<", ">"] as const;
export type BinaryOperator =
  | (typeof arithmetic)[number]
  | (typeof comparisons)[number]
  | "//"
  | "and"
  | "or";
