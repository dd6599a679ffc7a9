/** The mappings of an account, with the rules that concern more than one of them. */
import type { MappingDescription } from "./describe.ts";
import { MappingError, notFound } from "./error.ts";
import { createEventSourceMapping } from "./mapping.ts";
import type { Mapping, MappingOptions } from "./types.ts";
import { validateSettings } from "./validation.ts";

/** The mappings of an account, as Lambda's API sees them. */
export interface MappingRegistry {
  /**
   * As CreateEventSourceMapping: a starting position must be given, and a stream and a function
   * (with its qualifier) are joined once only. Throws a MappingError with AWS's code and text.
   */
  create(options: MappingOptions): Mapping;
  /** Throws ResourceNotFoundException. */
  get(uuid: string): Mapping;
  /** As ListEventSourceMappings: filter criteria that a key encrypts are left out. */
  list(of?: {
    readonly eventSourceArn?: string;
    readonly functionArn?: string;
  }): MappingDescription[];
  delete(uuid: string): Promise<void>;
}

/**
 * Mappings under AWS's rules for several of them.
 *
 * @example
 * const mappings = mappingRegistry();
 * const { uuid } = mappings.create({ kinesis, stream: "orders", settings, invoke });
 * mappings.get(uuid).describe().State; // "Creating"
 */
export function mappingRegistry(): MappingRegistry {
  const mappings = new Map<string, Mapping>();

  function get(uuid: string): Mapping {
    const mapping = mappings.get(uuid);
    if (!mapping) throw notFound();
    return mapping;
  }

  return {
    create(options) {
      validateSettings(options.settings ?? {}, { strict: true });
      const mapping = createEventSourceMapping(options);
      const { EventSourceArn: source, FunctionArn: fn } = mapping.describe();
      const same = [...mappings.values()].find((other) => {
        const { EventSourceArn, FunctionArn } = other.describe();
        return EventSourceArn === source && FunctionArn === fn;
      });
      if (same) {
        void mapping.close();
        throw new MappingError(
          "ResourceConflictException",
          `The event source arn (" ${source} ") and function (" ${fn.split(":").slice(6).join(":")} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${same.uuid}`,
        );
      }
      mappings.set(mapping.uuid, mapping);
      return mapping;
    },
    get,
    list({ eventSourceArn, functionArn } = {}) {
      return [...mappings.values()]
        .map((mapping) => withoutEncrypted(mapping.describe()))
        .filter(
          ({ EventSourceArn, FunctionArn }) =>
            (eventSourceArn === undefined || EventSourceArn === eventSourceArn) &&
            (functionArn === undefined || FunctionArn === functionArn),
        );
    },
    async delete(uuid) {
      const mapping = get(uuid);
      mappings.delete(uuid);
      await mapping.close();
    },
  };
}

function withoutEncrypted({ FilterCriteria, ...rest }: MappingDescription): MappingDescription {
  return FilterCriteria && rest.KMSKeyArn === undefined ? { ...rest, FilterCriteria } : rest;
}
