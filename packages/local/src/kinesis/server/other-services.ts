/** The calls that the KPL makes elsewhere, answered politely: who am I, and here are my metrics. */

import { formParameter } from "../../../../services/src/http/form.ts";
import type { Request } from "../../../../services/src/http/request.ts";
import { encodeCbor } from "./cbor.ts";

export interface OtherAnswer {
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const metrics = "GraniteServiceVersion20100801";

/** Undefined: the request is none of these. */
export function otherService(
  { headers, path, body }: Request,
  accountId: string,
  requestId: string,
): OtherAnswer | undefined {
  if (path === `/service/${metrics}/operation/PutMetricData`) {
    return {
      contentType: "application/cbor",
      body: encodeCbor({}),
      headers: { "smithy-protocol": "rpc-v2-cbor" },
    };
  }
  if (headers["x-amz-target"] === `${metrics}.PutMetricData`) {
    return { contentType: "application/x-amz-json-1.0", body: "{}" };
  }
  if (!headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return undefined;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  switch (formParameter(body.toString(), "Action")) {
    case "GetCallerIdentity":
      return {
        contentType: "text/xml",
        body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${accountId}:root</Arn><UserId>${accountId}</UserId><Account>${accountId}</Account></GetCallerIdentityResult>${metadata}</GetCallerIdentityResponse>`,
      };
    case "PutMetricData":
      return {
        contentType: "text/xml",
        body: `<PutMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">${metadata}</PutMetricDataResponse>`,
      };
  }
}
