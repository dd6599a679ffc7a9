/** Types as they are written, as types. */

import { type Unit, units } from "../nodes/literals.ts";
import type { TypeNode } from "../nodes/types.ts";
import { SqlError } from "../text/sql-error.ts";
import { decimal, interval, longestText, mostDigits, type SqlType, varchar } from "./sql-type.ts";

const plain: Readonly<Record<string, SqlType["name"]>> = {
  BOOLEAN: "BOOLEAN",
  TINYINT: "TINYINT",
  SMALLINT: "SMALLINT",
  INTEGER: "INTEGER",
  INT: "INTEGER",
  BIGINT: "BIGINT",
  REAL: "REAL",
  FLOAT: "DOUBLE",
  DOUBLE: "DOUBLE",
  DATE: "DATE",
  TIME: "TIME",
  TIMESTAMP: "TIMESTAMP",
};

/** Throws SqlError for a type that there is not. */
export function typeOf({ name, numbers, at }: TypeNode): SqlType {
  const [first, second] = numbers;
  const wrong = (why: string, wayOut?: string) => new SqlError(why, at, wayOut);
  switch (name) {
    case "VARCHAR":
    case "CHAR": {
      if (numbers.length > 1) throw wrong(`${name} has one length.`);
      // The standard has no VARCHAR without a length; applications do, and mean any.
      const length = first ?? (name === "VARCHAR" ? longestText : 1);
      if (length < 1 || length > longestText)
        throw wrong(`${name}(${length}): its length is 1 to ${longestText}.`);
      return name === "VARCHAR" ? varchar(length) : Object.freeze({ name, length });
    }
    case "VARBINARY":
    case "BINARY":
      return Object.freeze({ name: "VARBINARY", length: first ?? 1 });
    case "DECIMAL":
    case "DEC":
    case "NUMERIC": {
      const precision = first ?? mostDigits;
      // 19 digits are said to be possible in one place of AWS's reference, and 18 in another.
      if (precision < 1 || precision > 19 || (second ?? 0) > precision) {
        throw wrong(
          `${name}(${numbers.join(", ")}): it has 1 to ${mostDigits} digits, and no more behind the point than that.`,
        );
      }
      return decimal(precision, second ?? 0);
    }
  }
  if (name.startsWith("INTERVAL ")) {
    const [from, to] = name.slice(9).split(" TO ") as [Unit, Unit];
    if (units.includes(from)) return interval(from, to);
  }
  const known = plain[name];
  if (known && numbers.length <= 1) return Object.freeze({ name: known });
  throw wrong(
    `There is no type ${name}.`,
    /^(TEXT|STRING|CLOB|NVARCHAR)$/.test(name)
      ? "A text is a VARCHAR(length)."
      : "There are BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT, DECIMAL, REAL, DOUBLE, CHAR, VARCHAR, VARBINARY, DATE, TIME, TIMESTAMP.",
  );
}
