/** Reads the template of a project: what will be deployed. */
export { placeText, TemplateError } from "./error.ts";
export { functionNamed } from "./function-named.ts";
export { readTemplate } from "./read-template.ts";
export type {
  FunctionSource,
  Place,
  PolicyStatement,
  Properties,
  ReadTemplate,
  ReadTemplateOptions,
  Template,
  TemplateAnalytics,
  TemplateBucket,
  TemplateConsumer,
  TemplateDeliveryStream,
  TemplateFormat,
  TemplateFunction,
  TemplateGlueTable,
  TemplateMapping,
  TemplateQueue,
  TemplateResource,
  TemplateRole,
  TemplateStream,
  TemplateSubscription,
  TemplateTable,
  TemplateTopic,
  Unsupported,
} from "./types.ts";
