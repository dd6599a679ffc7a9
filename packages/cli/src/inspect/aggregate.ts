/** Aggregated records as the KPL packs them, by themselves. */
import { createHash } from "node:crypto";
import { deaggregate } from "../../../../src/kpl.ts";
import type { Finding } from "./finding.ts";
import { counted } from "./section.ts";
import { readUserRecords, userRecordReports, userRecordSection } from "./stream-record.ts";

const magicLength = 4;
const digestLength = 16;

/** Throws for bytes that only begin as an aggregate does, and says what is wrong with them. */
export function aggregateFinding(bytes: Uint8Array): Finding {
  const records = deaggregate(bytes);
  if (!records) throw new Error(`this begins as an aggregate does, and is none: ${fault(bytes)}`);
  const userRecords = readUserRecords(records);
  return {
    kind: "aggregate",
    report: { bytes: bytes.length, userRecords: userRecordReports(userRecords) },
    section: {
      title: "an aggregated record",
      fields: [
        ["size", counted(bytes.length, "byte")],
        ["holds", counted(records.length, "user record")],
      ],
      sections: userRecords.map(userRecordSection),
    },
    problems: [],
  };
}

function fault(bytes: Uint8Array): string {
  const end = bytes.length - digestLength;
  if (end <= magicLength) return `it has ${bytes.length} bytes, and an aggregate more than 20.`;
  const digest = createHash("md5").update(bytes.subarray(magicLength, end)).digest("hex");
  const found = Buffer.from(bytes.subarray(end)).toString("hex");
  if (digest === found) {
    return "its MD5 is right, and the message within is not one of user records.";
  }
  return `its MD5 should be ${digest}, and its last 16 bytes are ${found}. It was cut off, or changed.`;
}
