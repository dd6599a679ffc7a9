import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The AWS CLI against a server of this machine; what it prints, read as JSON where it is. */
export function awsCli(endpoint: string) {
  return async (...args: string[]): Promise<any> => {
    // The first version takes no endpoint for SQS from the environment.
    const { stdout } = await promisify(execFile)("aws", ["--endpoint-url", endpoint, ...args], {
      env: {
        ...process.env,
        AWS_DEFAULT_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "any",
        AWS_SECRET_ACCESS_KEY: "any",
        AWS_PAGER: "",
      },
    });
    return stdout.startsWith("{") ? JSON.parse(stdout) : stdout;
  };
}
