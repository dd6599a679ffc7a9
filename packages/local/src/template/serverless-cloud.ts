/**
 * What `sls package` asks of AWS while it resolves variables (`${ssm:…}`, `${cf:…}`, `${aws:accountId}`), answered on this
 * machine from the project's file of values.
 */
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import type { TemplateValues } from "./values.ts";

export interface LocalCloud {
  /** For the framework's process. */
  readonly variables: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Undefined where nothing is answered here: there are credentials and no file, so AWS is asked as always. */
export async function localCloud(
  values: TemplateValues,
  accountId: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LocalCloud | undefined> {
  if (!values.isThere && hasCredentials(env)) return undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const target = String(request.headers["x-amz-target"] ?? "");
    const { status, type, body } = target.startsWith("AmazonSSM.")
      ? parameter(JSON.parse(text).Name, values)
      : query(new URLSearchParams(text), values, accountId);
    response.writeHead(status, { "content-type": type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    variables: {
      AWS_ENDPOINT_URL_SSM: address,
      AWS_ENDPOINT_URL_CLOUDFORMATION: address,
      AWS_ENDPOINT_URL_STS: address,
      ...(!hasCredentials(env) && {
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
      }),
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function hasCredentials(env: NodeJS.ProcessEnv): boolean {
  return (
    ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"].some((name) => env[name]) ||
    ["credentials", "config"].some((name) => existsSync(join(env.HOME ?? homedir(), ".aws", name)))
  );
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function parameter(name: string, { ssm }: TemplateValues): Answer {
  const type = "application/x-amz-json-1.1";
  const value = ssm[name];
  return value === undefined
    ? { status: 400, type, body: JSON.stringify({ __type: "ParameterNotFound" }) }
    : {
        ...{ status: 200, type },
        body: JSON.stringify({ Parameter: { Name: name, Type: "String", Value: value } }),
      };
}

function query(asked: URLSearchParams, { cf }: TemplateValues, accountId: string): Answer {
  const answer = (status: number, body: string) => ({ status, type: "text/xml", body });
  if (asked.get("Action") === "GetCallerIdentity") {
    return answer(
      200,
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>${accountId}</Account><UserId>local</UserId><Arn>arn:aws:iam::${accountId}:user/local</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  }
  const stack = asked.get("StackName") ?? "";
  const outputs = Object.entries(cf).filter(([name]) => name.startsWith(`${stack}.`));
  if (outputs.length === 0) {
    return answer(
      400,
      `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${xml(stack)} does not exist</Message></Error></ErrorResponse>`,
    );
  }
  const members = outputs.map(
    ([name, value]) =>
      `<member><OutputKey>${xml(name.slice(stack.length + 1))}</OutputKey><OutputValue>${xml(value)}</OutputValue></member>`,
  );
  return answer(
    200,
    `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>${xml(stack)}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2020-01-01T00:00:00Z</CreationTime><Outputs>${members.join("")}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  );
}

const xml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
