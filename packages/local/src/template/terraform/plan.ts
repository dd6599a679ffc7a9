/**
 * What `terraform show -json` says of a plan or a state, as a list of resources; OpenTofu says the same.
 * https://developer.hashicorp.com/terraform/internals/json-format
 */
type Json = any;

/** A resource as it will be, or is: each of `count` and `for_each` by itself. */
export interface Instance {
  /** `module.orders["eu"].aws_kinesis_stream.flights[0]` */
  readonly address: string;
  /** The address of its module: `module.orders["eu"]`. Of the root: empty. */
  readonly module: string;
  readonly type: string;
  /** As a person wrote it: `flights`. */
  readonly name: string;
  readonly index?: string | number;
  /** What is known. */
  readonly values: Readonly<Record<string, Json>>;
  /** Of the same shape: `true` stands for a value that is known once it is applied. */
  readonly unknown: Json;
  /** How each value is worked out. Empty: this is a state, in which all is known. */
  readonly expressions: Readonly<Record<string, Json>>;
  /** What `for_each` goes over. */
  readonly forEach?: Json;
}

export interface Plan {
  readonly resources: readonly Instance[];
  /** Data sources that have been read. */
  readonly data: readonly Instance[];
  /** What a module takes and gives, by its address without indices. */
  moduleCall(module: string): ModuleCall | undefined;
  /** The region of the provider, where the configuration says it. */
  readonly region?: string;
}

export interface ModuleCall {
  readonly source: string;
  readonly expressions: Readonly<Record<string, Json>>;
  readonly outputs: Readonly<Record<string, { readonly expression?: Json }>>;
}

/** Whether a document is what `terraform show -json` writes. */
export const isTerraform = (document: Json): boolean =>
  typeof document?.format_version === "string" &&
  ("planned_values" in document || "values" in document || "terraform_version" in document);

/** Whether it is the state file itself, which `terraform show -json` reads. */
export const isStateFile = (document: Json): boolean =>
  typeof document?.terraform_version === "string" && Array.isArray(document.resources);

export function readPlan(document: Json): Plan {
  const changes = new Map<string, Json>(
    (document.resource_changes ?? []).map((one: Json) => [one.address, one.change?.after_unknown]),
  );
  const root = document.configuration?.root_module;
  const configOf = (module: string): Json =>
    stepsOf(module).reduce((at, name) => at?.module_calls?.[name]?.module, root);
  const instances = (module: Json, mode: string): Instance[] => [
    ...(module?.resources ?? [])
      .filter((one: Json) => one.mode === mode)
      .map((one: Json): Instance => {
        const path = module.address ?? "";
        const declared = configOf(path)?.resources?.find(
          ({ address }: Json) => address === `${one.type}.${one.name}`,
        );
        const { address, type, name, index, values = {} } = one;
        return {
          ...{ address, module: path, type, name, values },
          ...(index !== undefined && { index }),
          unknown: changes.get(address) ?? {},
          expressions: declared?.expressions ?? {},
          ...(declared?.for_each_expression && { forEach: declared.for_each_expression }),
        };
      }),
    ...(module?.child_modules ?? []).flatMap((child: Json) => instances(child, mode)),
  ];
  const planned = document.planned_values ?? document.values;
  const read = [planned, document.prior_state?.values];
  const region = regionOf(document);
  return {
    resources: instances(planned?.root_module, "managed"),
    data: read.flatMap((one) => instances(one?.root_module, "data")),
    moduleCall(module) {
      const steps = stepsOf(module);
      const call = configOf(steps.slice(0, -1).join("."))?.module_calls?.[steps.at(-1) ?? ""];
      if (!call) return undefined;
      const { source = "", expressions = {}, module: inner } = call;
      return { source, expressions, outputs: inner?.outputs ?? {} };
    },
    ...(region !== undefined && { region }),
  };
}

/** `module.a["x.y"].module.b` has the steps a and b; so has `a.b`. */
export const stepsOf = (module: string): string[] =>
  module
    .replace(/\[[^\]]*\]/g, "")
    .split(".")
    .filter((step) => step !== "module" && step !== "");

function regionOf({ configuration, variables }: Json): string | undefined {
  const said = configuration?.provider_config?.aws?.expressions?.region;
  const [reference = ""] = said?.references ?? [];
  return said?.constant_value ?? variables?.[reference.replace(/^var\./, "")]?.value;
}
