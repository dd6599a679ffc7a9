/** The error stream: rows that fail, and why, with the columns that it has in Kinesis Analytics. */
import { showTimestamp } from "../types/calendar.ts";
import { type RowError, showValue } from "../types/row-error.ts";
import type { Row } from "./evaluate.ts";

/** A row of the error stream. Times are epoch milliseconds. */
export interface ErrorRow {
  readonly ERROR_TIME: number;
  readonly ERROR_LEVEL: "ERROR";
  readonly ERROR_NAME: string;
  readonly MESSAGE: string;
  readonly DATA_ROWTIME: number;
  /** The row's values in JSON, UTF-8, in hexadecimal digits. */
  readonly DATA_ROW: string;
  readonly PUMP_NAME: string;
}

const most = { message: 4096, row: 49_152, pump: 128 } as const;

export function errorRow(
  { code, message }: RowError,
  row: Row,
  {
    pump,
    rowtime,
    time,
  }: { readonly pump: string; readonly time: number; readonly rowtime: number },
): ErrorRow {
  const json = JSON.stringify(row, (_key, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  return {
    ERROR_TIME: time,
    ERROR_LEVEL: "ERROR",
    ERROR_NAME: code,
    MESSAGE: message.slice(0, most.message),
    DATA_ROWTIME: rowtime,
    DATA_ROW: Buffer.from(json, "utf8").toString("hex").slice(0, most.row),
    PUMP_NAME: pump.slice(0, most.pump),
  };
}

/** In one line. */
export const showError = ({
  DATA_ROW,
  DATA_ROWTIME,
  ERROR_NAME,
  MESSAGE,
  PUMP_NAME,
}: ErrorRow): string =>
  `${showTimestamp(DATA_ROWTIME)} ${PUMP_NAME} ${ERROR_NAME}: ${MESSAGE} ${showValue(Buffer.from(DATA_ROW, "hex").toString("utf8"))}`;
