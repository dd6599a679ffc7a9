/** `lint` judges a pipe of EventBridge by what is the same as in a mapping, in the words of a pipe. */
import { expect, it } from "vitest";
import { lint, temporaryProject, writeProject } from "./lint-project.ts";

const pipe = (logicalId: string, parameters: object = {}) => ({
  Type: "AWS::Pipes::Pipe",
  Properties: {
    Source: { "Fn::GetAtt": [`${logicalId}Stream`, "Arn"] },
    Target: { "Fn::GetAtt": [logicalId, "Arn"] },
    SourceParameters: {
      KinesisStreamParameters: { StartingPosition: "TRIM_HORIZON", ...parameters },
    },
  },
});

it("finds what loses records, and a consumer that cannot read its event", async () => {
  const { folder, remove } = await temporaryProject();
  try {
    await writeProject(folder, {
      Plain: {
        module: "export const handler = async () => {};",
        resources: { PlainPipe: pipe("Plain", { MaximumRetryAttempts: 3 }) },
      },
      Ours: {
        resources: {
          OursPipe: pipe("Ours", { OnPartialBatchItemFailure: "AUTOMATIC_BISECT" }),
        },
      },
    });
    const { out } = await lint(folder, "--json");
    const { findings, advice } = JSON.parse(out);
    const of = (found: any[]) =>
      found
        .filter(({ logicalId }) => logicalId.endsWith("Pipe"))
        .map(({ logicalId, check, change }) => [logicalId, check, change]);
    expect(of(findings)).toEqual([
      ["PlainPipe", "discarded-without-trace", "DeadLetterConfig: { Arn: !GetAtt <queue>.Arn }"],
      ["OursPipe", "pipe-to-consumer", "An AWS::Lambda::EventSourceMapping in place of the pipe."],
    ]);
    expect(of(advice)).toEqual([
      ["PlainPipe", "record-age-unlimited", "MaximumRecordAgeInSeconds: 518400"],
      ["PlainPipe", "bisect-off", "OnPartialBatchItemFailure: AUTOMATIC_BISECT"],
      ["OursPipe", "record-age-unlimited", "MaximumRecordAgeInSeconds: 518400"],
    ]);
  } finally {
    await remove();
  }
});
