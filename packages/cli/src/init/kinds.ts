/** The projects that `shardmill init` can write: each is a folder of examples/. */

export interface Kind {
  /** Its folder. */
  readonly name: string;
  /** For whoever chooses. */
  readonly title: string;
  /** What `dev` would read instead, where it is there already. */
  readonly template: string;
}

export const kinds = [
  {
    name: "serverless",
    title: "Serverless Framework (osls): each order billed once, in order",
    template: "serverless.yml",
  },
  {
    name: "sam",
    title: "AWS SAM: an effect that is one transaction with the progress",
    template: "template.yaml",
  },
  { name: "cdk", title: "AWS CDK: many orders in one call", template: "cdk.json" },
  {
    name: "plain",
    title: "CloudFormation: a middy handler without progress, at least once",
    template: "template.yaml",
  },
  {
    name: "harness",
    title: "a handler of your own (Powertools, SAM), run and tested here",
    template: "template.yaml",
  },
  {
    name: "python",
    title: "a handler in Python (Powertools, SAM), run here",
    template: "template.yaml",
  },
] as const satisfies readonly Kind[];
