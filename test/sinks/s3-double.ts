/** A bucket in memory, as S3's client sees it: strongly consistent, with conditional writes. */
export interface StoredObject {
  readonly at: number;
  readonly body: Buffer;
  readonly isFence: boolean;
  readonly input: any;
}

const named = (name: string) => Object.assign(new Error(name), { name });

export function s3Double(now: () => number = () => 0) {
  const objects = new Map<string, StoredObject>();
  const calls: string[] = [];
  return {
    objects,
    calls,
    /** The objects that readers see and that are no fences, by key. */
    parts: () =>
      [...objects]
        .filter(([key, { isFence }]) => !/^_(shardmill|buffer)\//.test(key) && !isFence)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    async send(command: any): Promise<any> {
      const { input } = command;
      const name: string = command.constructor.name;
      calls.push(name.replace("Command", ""));
      const there = objects.get(input.Key);
      switch (name) {
        case "PutObjectCommand":
          if (input.IfNoneMatch === "*" && there) throw named("PreconditionFailed");
          objects.set(input.Key, {
            body: Buffer.from(input.Body),
            at: now(),
            isFence: input.Metadata?.shardmill === "fence",
            input,
          });
          return {};
        case "HeadObjectCommand":
          if (!there) throw named("NotFound");
          return { Metadata: there.input.Metadata ?? {} };
        case "GetObjectCommand":
          if (!there) throw named("NoSuchKey");
          return {
            Body: {
              transformToString: async () => String(there.body),
              transformToByteArray: async () => there.body,
            },
          };
        case "DeleteObjectCommand":
          objects.delete(input.Key);
          return {};
        default: {
          const keys = [...objects.keys()]
            .filter((key) => key.startsWith(input.Prefix) && key > (input.StartAfter ?? ""))
            .sort();
          // A page of two, so that there is more than one.
          return {
            Contents: keys.slice(0, 2).map((Key) => {
              const { at, body } = objects.get(Key)!;
              return { Key, Size: body.length, LastModified: new Date(at) };
            }),
            IsTruncated: keys.length > 2,
          };
        }
      }
    },
  };
}
