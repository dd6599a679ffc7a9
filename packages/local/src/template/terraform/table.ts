/** aws_dynamodb_table. */
import { block, set, type Values } from "./block.ts";

export function table(v: Values): Values {
  const throughput = (of: Values) =>
    v.billing_mode !== "PAY_PER_REQUEST" && {
      ProvisionedThroughput: {
        ReadCapacityUnits: set(of.read_capacity) ?? 1,
        WriteCapacityUnits: set(of.write_capacity) ?? 1,
      },
    };
  const timeToLive = block(v.ttl);
  return {
    TableName: v.name,
    BillingMode: set(v.billing_mode),
    KeySchema: keySchema(v),
    AttributeDefinitions: (v.attribute ?? []).map(({ name, type }: Values) => ({
      AttributeName: name,
      AttributeType: type,
    })),
    ...throughput(v),
    GlobalSecondaryIndexes: some(v.global_secondary_index, (one) => ({
      ...index(one),
      ...throughput(one),
    })),
    LocalSecondaryIndexes: some(v.local_secondary_index, (one) =>
      index({ ...one, hash_key: v.hash_key }),
    ),
    TimeToLiveSpecification: timeToLive && {
      AttributeName: timeToLive.attribute_name,
      Enabled: timeToLive.enabled ?? true,
    },
  };
}

const some = (blocks: readonly Values[] | undefined, read: (one: Values) => Values) =>
  blocks && blocks.length > 0 ? blocks.map(read) : undefined;

const keySchema = ({ hash_key, range_key }: Values) => [
  { AttributeName: hash_key, KeyType: "HASH" },
  ...(set(range_key) ? [{ AttributeName: range_key, KeyType: "RANGE" }] : []),
];

const index = (values: Values) => ({
  IndexName: values.name,
  KeySchema: keySchema(values),
  Projection: {
    ProjectionType: values.projection_type,
    ...(values.non_key_attributes?.length > 0 && { NonKeyAttributes: values.non_key_attributes }),
  },
});
