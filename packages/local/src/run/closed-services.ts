/**
 * The place where every call ends that is for no service of this machine: it is refused by name,
 * so that nothing of a handler under development reaches the cloud by accident.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { refuse as refusePage } from "../../../services/src/http/answer.ts";
import { checkCaller, HttpRefusal } from "../../../services/src/http/caller.ts";
import { formParameter } from "../../../services/src/http/form.ts";
import { writeXml, xmlDeclaration } from "../../../services/src/http/xml.ts";
import { encodeCbor } from "../kinesis/server/cbor.ts";
import { connections } from "../kinesis/server/connections.ts";

/** A call that was refused. */
export interface RefusedCall {
  /** As requests are signed for it: `ssm`, `secretsmanager`. "": the request does not say. */
  readonly service: string;
  /** `GetParameter`; "": the request does not say. */
  readonly operation: string;
}

export interface ClosedServices {
  /** For `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Listens on any free port of this machine, and refuses everything. */
export async function closedServices(
  onRefused: (call: RefusedCall) => void,
): Promise<ClosedServices> {
  const sockets = new Set<Socket>();
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      checkCaller(request.headers, []);
      const call = refusedCall(request, await body(request));
      onRefused(call);
      refuse(request, response, call);
    } catch (error) {
      if (error instanceof HttpRefusal) refusePage(request, response, error);
      // The client went away in the middle of its request.
      else response.destroy();
    }
  }

  const server = connections((request, response) => void respond(request, response), undefined);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** What a form's `Action` may stand behind; the rest of a body is read and forgotten. */
const enough = 64 * 1024;

async function body(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) if (text.length < enough) text += chunk;
  return text;
}

function refusedCall({ headers, method, url = "" }: IncomingMessage, text: string): RefusedCall {
  const [path = "", ...query] = url.split("?");
  const presigned = new URLSearchParams(query.join("?")).get("X-Amz-Credential");
  const signed = /Credential=([^\s,]{1,200})/.exec(headers.authorization ?? "")?.[1] ?? presigned;
  // <key>/<day>/<region>/<service>/aws4_request
  const service = signed?.split("/")[3] ?? "";
  const form = String(headers["content-type"] ?? "").startsWith(
    "application/x-www-form-urlencoded",
  );
  const operation =
    String(headers["x-amz-target"] ?? "")
      .split(".")
      .at(-1) ||
    (form && formParameter(text, "Action")) ||
    /\/service\/[^/]+\/operation\/(\w+)/.exec(url)?.[1] ||
    `${method} ${path}`;
  return { service: shown(service), operation: shown(operation) };
}

/** As it can be printed: a request may say anything. */
const shown = (text: string) => text.slice(0, 200).replace(/[^\x20-\x7e]/g, "?");

const code = "NotOnThisMachine";

/** In words for whoever wrote the handler. */
export function refusalText({ service, operation }: RefusedCall): string {
  const what = service === "" ? `A call (${operation})` : `${service} ${operation}`;
  const way = service === "" ? "--aws NAME lets a service" : `--aws ${service} lets it`;
  return `${what} was not sent: that service does not run on this machine, and ${way} through to AWS.`;
}

/** In the form of an error that the service's own client reads, and does not repeat the call for. */
function refuse(request: IncomingMessage, response: ServerResponse, call: RefusedCall): void {
  const message = refusalText(call);
  const type = String(request.headers["content-type"] ?? "");
  const reply = (contentType: string, body: string | Uint8Array) => {
    response.writeHead(400, {
      "Content-Type": contentType,
      "Content-Length": Buffer.byteLength(body),
      "x-amzn-errortype": code,
      ...(contentType === "application/cbor" && { "smithy-protocol": "rpc-v2-cbor" }),
    });
    response.end(body);
  };
  const error = writeXml({ Error: { Type: "Sender", Code: code, Message: message } });
  if (type.startsWith("application/cbor") || request.headers["smithy-protocol"] === "rpc-v2-cbor") {
    reply("application/cbor", encodeCbor({ __type: code, message }));
  } else if (type.startsWith("application/x-www-form-urlencoded")) {
    reply("text/xml", `<ErrorResponse>${error}</ErrorResponse>`);
  } else if (xmlServices.has(call.service)) {
    reply("application/xml", xmlDeclaration + error);
  } else reply("application/json", JSON.stringify({ __type: code, message }));
}

const xmlServices = new Set(["s3", "route53", "cloudfront"]);
