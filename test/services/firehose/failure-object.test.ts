import { expect, test } from "vitest";
import { readFailureObject } from "../../../packages/services/src/firehose/index.ts";

const raw = Buffer.from("a").toString("base64");

test("T4: failure objects are read as AWS writes them, and as its documents have them.", () => {
  const seen = `{"rawData":"${raw}","errorCode":"Lambda.ProcessingFailedStatus","errorMessage":"ProcessingFailed status set for record","attemptsMade":1,"arrivalTimestamp":1757600000000,"attemptEndingTimestamp":1757600000123,"lambdaARN":"arn:f"}`;
  const documented = `{"attemptsMade":"1","arrivalTimestamp":"1757600000000","errorCode":"Lambda.ProcessingFailedStatus","errorMessage":"ProcessingFailed status set for record","attemptEndingTimestamp":"1757600000123","rawData":"${raw}","lambdaArn":"arn:f"}`;
  const expected = {
    rawData: Buffer.from("a"),
    errorCode: "Lambda.ProcessingFailedStatus",
    errorMessage: "ProcessingFailed status set for record",
    attemptsMade: 1,
    arrivalTimestamp: 1_757_600_000_000,
    attemptEndingTimestamp: 1_757_600_000_123,
    lambdaArn: "arn:f",
  };
  expect(readFailureObject(`${seen}\n${documented}\n`)).toEqual([expected, expected]);
});

test("T4: the codes of a conversion are read with and without `last`.", () => {
  const line = (prefix: string) =>
    JSON.stringify({
      attemptsMade: 1,
      arrivalTimestamp: 1,
      [prefix ? "lastErrorCode" : "errorCode"]: "DataFormatConversion.ParseError",
      [prefix ? "lastErrorMessage" : "errorMessage"]: "Encountered malformed JSON",
      attemptEndingTimestamp: 2,
      rawData: raw,
      sequenceNumber: "49",
      subSequenceNumber: 0,
    });
  const [with_, without] = readFailureObject([line("last"), line("")].join("\n"));
  expect(with_).toEqual(without);
  expect(with_).toMatchObject({
    errorCode: "DataFormatConversion.ParseError",
    errorMessage: "Encountered malformed JSON",
    sequenceNumber: "49",
  });
});

test("What is no failure object is refused with its line.", () => {
  const good = JSON.stringify({ rawData: raw });
  expect(() => readFailureObject(`${good}\n{"rawData":`)).toThrow("Line 2 is no failure object");
  expect(() => readFailureObject('{"data":"YQ=="}')).toThrow("it has no rawData");
});
