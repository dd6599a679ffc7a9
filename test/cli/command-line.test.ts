import { expect, it } from "vitest";
import { parseCommandLine } from "../../packages/cli/src/command-line/parse.ts";
import { UsageError } from "../../packages/cli/src/command-line/usage-error.ts";

const refusal = (...args: string[]) => {
  try {
    parseCommandLine({ args, allowPositionals: false, options: { stream: { type: "string" } } });
  } catch (error) {
    return error;
  }
  return undefined;
};

it("a mistyped option gets the near one", () => {
  expect(refusal("--steam", "orders")).toEqual(
    new UsageError("there is no option --steam. Did you mean --stream?"),
  );
});

it("an option that is empty is one whose variable nobody has set", () => {
  expect(refusal("--stream", "")).toEqual(
    new UsageError("--stream is empty: is a variable not set?"),
  );
});

it.each([
  [["--colour"], "there is no option --colour."],
  [["-x"], "there is no option -x."],
  [["--stream"], "--stream needs a value; one that begins with a dash is written --stream=-1."],
  [
    ["--stream", "-a"],
    "--stream needs a value; one that begins with a dash is written --stream=-1.",
  ],
])("%j: %s", (args, sentence) => {
  expect(refusal(...args)).toEqual(new UsageError(sentence));
});

it("operands are refused where there are none", () => {
  expect(refusal("orders")).toBeInstanceOf(UsageError);
  expect(refusal("--stream", "orders")).toBeUndefined();
});
