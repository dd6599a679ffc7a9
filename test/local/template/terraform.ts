/** What `terraform show -json` says, put together for a test from what it says of each resource. */

interface Planned {
  /** What the plan knows. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** What it does not. */
  readonly unknown?: Readonly<Record<string, unknown>>;
  /** How the configuration works it out. */
  readonly expressions?: Readonly<Record<string, unknown>>;
  readonly forEach?: readonly string[];
}

/** By address: `module.a["x"].aws_kinesis_stream.orders[0]`. */
export type Resources = Readonly<Record<string, Planned>>;

const addressed =
  /^((?:module\.[\w-]+(?:\[[^\]]*\])?\.)*)((?:data\.)?)([\w-]+)\.([\w-]+)(?:\[(.*)\])?$/;

const parts = (address: string) => {
  const [, module = "", data, type = "", name = "", index] = addressed.exec(address)!;
  return {
    module: module.replace(/\.$/, ""),
    ...{ address, mode: data ? "data" : "managed", type, name },
    ...(index !== undefined && { index: JSON.parse(index) }),
  };
};

const modulesOf = (resources: Resources) => [
  ...new Set(Object.keys(resources).map((address) => parts(address).module)),
];

const values = (resources: Resources) => {
  const inModule = (module: string) =>
    Object.entries(resources).flatMap(([address, { values = {} }]) => {
      const { module: own, ...rest } = parts(address);
      return own === module ? [{ ...rest, values }] : [];
    });
  return {
    root_module: {
      resources: inModule(""),
      child_modules: modulesOf(resources)
        .filter(Boolean)
        .map((address) => ({ address, resources: inModule(address) })),
    },
  };
};

/** References as Terraform lists them: each with its beginnings. */
export const refers = (...references: readonly string[]) => ({
  references: references.flatMap((one) => [one, one.replace(/\.\w+$/, "")]),
});

/** A plan; `calls` are those of the root's modules, by name. */
export function plan(resources: Resources, calls: Readonly<Record<string, any>> = {}): object {
  const configured = (module: string) => [
    ...new Map(
      Object.entries(resources).flatMap(([whole, { expressions = {}, forEach }]) => {
        const { module: own, type, name } = parts(whole);
        if (own.replace(/\[[^\]]*\]/g, "") !== module) return [];
        const address = `${type}.${name}`;
        const over = forEach && { for_each_expression: { references: forEach } };
        return [[address, { address, type, name, expressions, ...over }] as const];
      }),
    ).values(),
  ];
  return {
    format_version: "1.2",
    terraform_version: "1.11.4",
    planned_values: values(resources),
    resource_changes: Object.entries(resources).map(([address, { unknown = {} }]) => ({
      address,
      change: { after_unknown: unknown },
    })),
    configuration: {
      provider_config: { aws: { expressions: { region: { constant_value: "eu-west-1" } } } },
      root_module: {
        resources: configured(""),
        module_calls: Object.fromEntries(
          Object.entries(calls).map(([name, { outputs, ...call }]) => [
            name,
            { ...call, module: { outputs, resources: configured(`module.${name}`) } },
          ]),
        ),
      },
    },
  };
}

/** A state, in which all is known. */
export const state = (resources: Resources): object => ({
  format_version: "1.0",
  terraform_version: "1.11.4",
  values: values(resources),
});
