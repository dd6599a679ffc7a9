/** The application in a file: an answer of AWS's API, or a template. */
import { dirname, resolve } from "node:path";
import { readText } from "../../input/index.ts";
import { requireLocal } from "../../local.ts";
import { templateReader } from "../../project/template-reader.ts";
import { type AnalyticsApplication, applicationOf } from "./application.ts";

export interface Found {
  readonly application: AnalyticsApplication;
  /** What of it is not known here. */
  readonly notes: readonly string[];
}

/** `wanted`: which, where there are several. Throws where there is none, or more than one. */
export async function readApplication(
  file: string,
  wanted: string | undefined,
  cwd: string,
): Promise<Found> {
  const answer = /\.json$/i.test(file) ? answerIn(await readText(resolve(cwd, file))) : undefined;
  if (answer) return { application: applicationOf(answer, file), notes: [] };
  await requireLocal("reading a template");
  const readTemplate = await templateReader(undefined);
  const path = resolve(cwd, file);
  const template = await readTemplate({ cwd: dirname(path), file: path });
  const names = template.analytics.map(({ name }) => name);
  const all = template.analytics.filter(
    ({ logicalId, name }) => wanted === undefined || wanted === name || wanted === logicalId,
  );
  if (all.length === 0) {
    throw new Error(
      names.length === 0
        ? `${file} has no application of Kinesis Analytics.`
        : `${file} has no application ${wanted}: it has ${names.join(", ")}.`,
    );
  }
  if (all.length > 1)
    throw new Error(`${file} has several: name one with --application ${names.join(" or ")}.`);
  const found = all[0]!;
  const ids = [found.logicalId];
  const unknown = template.unsupported.filter(
    ({ logicalId, path }) => path !== undefined && ids.includes(logicalId),
  );
  const generated = [...template.streams, ...template.deliveryStreams]
    .filter(({ logicalId, name }) => name === `${template.stackName}-${logicalId}`)
    .map(({ arn }) => arn);
  const application = applicationOf(found.properties, file, found);
  const targets = [
    ...application.inputs.map(({ source }) => source),
    ...application.outputs.map(({ to }) => to),
  ];
  return {
    application,
    notes: [
      ...unknown.map(({ path, why }) => `${path}: ${why}`),
      ...targets.flatMap((target) =>
        target?.arn && generated.includes(target.arn)
          ? [
              `${target.arn} is a name that AWS makes up: put the real one into the template's part.`,
            ]
          : [],
      ),
    ],
  };
}

/** `ApplicationDetail`, or what create-application takes. Undefined: it is something else. */
function answerIn(text: string): Readonly<Record<string, unknown>> | undefined {
  let parsed: any;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const detail = parsed?.ApplicationDetail ?? parsed;
  const isOne =
    typeof detail?.ApplicationName === "string" &&
    (detail.ApplicationCode !== undefined ||
      detail.ApplicationConfiguration !== undefined ||
      detail.ApplicationConfigurationDescription !== undefined ||
      detail.RuntimeEnvironment !== undefined);
  return isOne ? detail : undefined;
}
