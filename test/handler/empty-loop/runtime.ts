/**
 * One invocation as Lambda's runtime serves it up to Node.js 22, where the handler's promise is open and nothing is left to wait
 * for: an async function has failed then, and any other has succeeded and answered null, which is a batch that is done
 * (`_setDefaultExitListener` of aws-lambda-nodejs-runtime-interface-client 3.3).
 */
import { firehoseEvent, kinesisEvent } from "../../../src/testing.ts";
import handlers from "./handlers.ts";

const [, , name = ""] = process.argv;
const handler = handlers[name]!;

function answer(text: string) {
  process.stdout.write(text);
  process.exit();
}

process.on("beforeExit", () =>
  answer(handler.constructor.name === "AsyncFunction" ? "Runtime.NodeJsExit" : "null"),
);
const end = Date.now() + 400;
const event = name.startsWith("transform") ? firehoseEvent(["{}"]) : kinesisEvent(["{}"]);
handler(event, { getRemainingTimeInMillis: () => end - Date.now() }).then(
  (response) => answer(JSON.stringify(response)),
  (error) => answer(String(error)),
);
