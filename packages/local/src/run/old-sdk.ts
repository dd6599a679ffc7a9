/** The AWS SDK for JavaScript 2 reads no AWS_ENDPOINT_URL: its clients would ask AWS, past everything that runs here. */
import type { BuiltCode } from "./built-code.ts";

const ofVersion2 = /[\\/]node_modules[\\/]aws-sdk[\\/]/;

/** What to do about it, where it went into the code. */
export const oldSdkNote = (functionName: string, { inputs }: BuiltCode): string | undefined =>
  inputs.some((file) => ofVersion2.test(file))
    ? `${functionName} has version 2 of the AWS SDK for JavaScript, which reads no AWS_ENDPOINT_URL: it asks AWS, with credentials that are none. Give each of its clients the endpoint of its service, such as endpoint: process.env.AWS_ENDPOINT_URL_KINESIS, which is undefined in Lambda; or take version 3.`
    : undefined;
