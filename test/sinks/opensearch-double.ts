/** OpenSearch's bulk API, as far as a real 2.19 was seen to answer. Answers as `fetch` does. */
import { gunzipSync } from "node:zlib";

interface Document {
  readonly source: string;
  readonly version: bigint;
  readonly isDeleted: boolean;
}

export interface OpensearchDouble {
  readonly fetch: typeof fetch;
  /** Index, id and source of every document that is there, in the order of their names. */
  documents(): Record<string, unknown>;
  /** The bodies of the requests. */
  readonly requests: string[];
  readonly headers: Readonly<Record<string, string>>[];
  /** Answers an action before it is done. Undefined: it is done. */
  refuse: (id: string | undefined, source: any, request: number) => number | undefined;
}

const json = (status: number, body: unknown) => Response.json(body, { status });
const failed = (status: number, type: string, reason: string) =>
  json(status, { error: { type, reason }, status });

export function opensearchDouble(): OpensearchDouble {
  const indices = new Map<string, Map<string, Document>>();
  const requests: string[] = [];
  const headers: Readonly<Record<string, string>>[] = [];
  let made = 0;

  function act(action: string, meta: any, version: string | undefined, source: string | undefined) {
    const { _index: index } = meta;
    const answer = (status: number, type?: string, reason = type) => ({
      [action]: { _index: index, _id: meta._id, status, ...(type && { error: { type, reason } }) },
    });
    let value: any;
    try {
      value = source === undefined ? undefined : JSON.parse(source);
    } catch {
      return answer(400, "mapper_parsing_exception");
    }
    const refusal = double.refuse(meta._id, value, requests.length);
    if (refusal !== undefined) return answer(refusal, "refused_exception");
    if (value && "total" in value && typeof value.total !== "number") {
      const reason = `failed to parse field [total] of type [long]. Preview of field's value: '${value.total}'`;
      return answer(400, "mapper_parsing_exception", reason);
    }
    const documents = indices.get(index) ?? new Map<string, Document>();
    indices.set(index, documents);
    const id: string = meta._id ?? `made-${++made}`;
    const there = documents.get(id);
    const isThere = there !== undefined && !there.isDeleted;
    if (action === "create" && isThere) return answer(409, "version_conflict_engine_exception");
    if (version !== undefined && there && BigInt(version) <= there.version) {
      return answer(409, "version_conflict_engine_exception");
    }
    const next = version === undefined ? (there?.version ?? 0n) + 1n : BigInt(version);
    documents.set(id, { source: source ?? "", version: next, isDeleted: action === "delete" });
    if (action === "delete") return answer(isThere ? 200 : 404);
    return answer(isThere ? 200 : 201);
  }

  const double: OpensearchDouble = {
    requests,
    headers,
    refuse: () => undefined,
    documents: () =>
      Object.fromEntries(
        [...indices]
          .flatMap(([index, documents]) =>
            [...documents]
              .filter(([, { isDeleted }]) => !isDeleted)
              .map(([id, { source }]) => [`${index}/${id}`, JSON.parse(source)] as const),
          )
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
    async fetch(_, init: any) {
      headers.push(init.headers);
      const isZipped = init.headers["content-encoding"] === "gzip";
      const text = String(isZipped ? gunzipSync(init.body) : Buffer.from(init.body));
      requests.push(text);
      if (!text.endsWith("\n")) {
        return failed(400, "illegal_argument_exception", "must be terminated by a newline");
      }
      const lines = text.slice(0, -1).split("\n");
      const actions: [string, any, string | undefined, string | undefined][] = [];
      while (lines.length > 0) {
        const line = lines.shift()!;
        const [[action, meta]] = Object.entries<any>(JSON.parse(line)) as [[string, any]];
        const version = /"version":(\d+)/.exec(line)?.[1];
        if (version !== undefined && BigInt(version) >= 2n ** 63n) {
          return failed(400, "input_coercion_exception", "out of range");
        }
        if (meta._id !== undefined && (meta._id === "" || Buffer.byteLength(meta._id) > 512)) {
          return failed(400, "action_request_validation_exception", "id is too long");
        }
        actions.push([action, meta, version, action === "delete" ? undefined : lines.shift()]);
      }
      const items = actions.map((one) => act(...one));
      return json(200, { took: 1, errors: true, items });
    },
  };
  return double;
}
