/** `lint` says what to change in Terraform's own language. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { plan, refers } from "../local/template/terraform.ts";
import { lint, temporaryProject } from "./lint-project.ts";

it("names arguments as Terraform has them, at their lines", async () => {
  const { folder, remove } = await temporaryProject();
  try {
    mkdirSync(join(folder, "src"));
    writeFileSync(join(folder, "src/index.ts"), "export const handler = () => {};\n");
    writeFileSync(
      join(folder, "main.tf"),
      'resource "aws_lambda_event_source_mapping" "orders" {\n  starting_position      = "LATEST"\n  maximum_retry_attempts = 3\n}\n',
    );
    const document = plan({
      "aws_kinesis_stream.orders": { values: { name: "orders" }, unknown: { arn: true } },
      "data.archive_file.code": { values: { source_dir: "src", output_path: "code.zip" } },
      "aws_lambda_function.billing": {
        values: {
          ...{ function_name: "billing", handler: "index.handler", runtime: "nodejs24.x" },
          filename: "code.zip",
        },
      },
      "aws_lambda_event_source_mapping.orders": {
        values: {
          starting_position: "LATEST",
          maximum_retry_attempts: 3,
          function_name: "billing",
        },
        unknown: { event_source_arn: true },
        expressions: { event_source_arn: refers("aws_kinesis_stream.orders.arn") },
      },
    });
    writeFileSync(join(folder, "tfplan.json"), JSON.stringify(document));
    const { status, out } = await lint(folder);
    const said = out.split("\n");
    expect(status).toBe(1);
    expect(said.filter((text) => text.startsWith("  Change:"))).toEqual([
      "  Change: destination_config { on_failure { destination_arn = aws_s3_bucket.<name>.arn } }",
      '  Change: starting_position = "TRIM_HORIZON"',
      "  Change: maximum_record_age_in_seconds = 72000",
      "  Change: bisect_batch_on_function_error = true",
      '  Change: function_response_types = ["ReportBatchItemFailures"]',
    ]);
    expect(said[0]).toBe(
      "main.tf:3  aws_lambda_event_source_mapping.orders  discarded-without-trace",
    );
  } finally {
    await remove();
  }
});
