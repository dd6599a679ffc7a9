/** Redshift as a destination: objects in S3, and a COPY for each. */
import type { RedshiftPlan } from "./plan.ts";
import type { Properties } from "./property.ts";
import { readRetries } from "./retries.ts";
import { readS3 } from "./s3.ts";
import { readSecret } from "./secret.ts";

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_RedshiftDestinationConfiguration.html */
export function readRedshift(own: Properties, warnings: string[]): RedshiftPlan {
  own.only([
    "RoleARN",
    "ClusterJDBCURL",
    "CopyCommand",
    "Username",
    "Password",
    "SecretsManagerConfiguration",
    "RetryOptions",
    "S3Configuration",
    "S3BackupMode",
    "S3BackupConfiguration",
    "ProcessingConfiguration",
    "CloudWatchLoggingOptions",
  ]);
  const url = own.required("ClusterJDBCURL");
  if (!/^jdbc:(?:redshift|postgresql):\/\/[^/:]+(?::\d+)?\/[^/]+$/.test(url)) {
    throw own.refusal(
      "ClusterJDBCURL",
      `is "${url}", and must be jdbc:redshift://<host>:<port>/<database>.`,
    );
  }
  if (!readSecret(own).enabled) {
    own.required("Username");
    own.required("Password");
  }
  const copy = own.object("CopyCommand");
  if (!copy) throw own.refusal("CopyCommand", "is missing.");
  copy.only(["DataTableName", "DataTableColumns", "CopyOptions"]);
  const copyOptions = copy.text("CopyOptions") || undefined;
  const stage = readStage(own);
  if (stage.compression === "GZIP" && !/\bgzip\b/i.test(copyOptions ?? "")) {
    warnings.push(
      `${copy.path}.CopyOptions: has no GZIP, and S3Configuration compresses with it: COPY would not read the objects.`,
    );
  }
  return {
    kind: "redshift",
    roleArn: own.required("RoleARN"),
    table: copy.required("DataTableName"),
    columns: copy.text("DataTableColumns") || undefined,
    copyOptions,
    stage,
    retryFor: readRetries(own, 3600),
  };
}

function readStage(own: Properties): RedshiftPlan["stage"] {
  const stage = own.object("S3Configuration");
  if (!stage) throw own.refusal("S3Configuration", "is missing.");
  const plan = readS3(stage);
  if (plan.compression !== "UNCOMPRESSED" && plan.compression !== "GZIP") {
    throw stage.refusal(
      "CompressionFormat",
      `is ${plan.compression}, which COPY cannot read. It reads UNCOMPRESSED and GZIP.`,
    );
  }
  if (/!\{/.test(stage.text("Prefix") ?? "")) {
    throw stage.refusal("Prefix", "has expressions, which Redshift's stage cannot have.");
  }
  return plan;
}
