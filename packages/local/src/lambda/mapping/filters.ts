/** The filter criteria of a mapping, refused as Lambda's API refuses them. */
import {
  type CompiledFilters,
  compileFilters as compile,
  FilterError,
} from "../../../../services/src/patterns/criteria.ts";
import { invalidByModel, invalidParameter } from "./error.ts";
import type { MappingSettings } from "./settings.ts";

/** Throws a MappingError for patterns that AWS refuses; its `cause` says what is wrong with which. */
export function compileFilters(criteria: MappingSettings["filterCriteria"]): CompiledFilters {
  try {
    return compile(criteria);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw error.byModel
      ? invalidByModel(error.message)
      : invalidParameter(error.message, error.cause);
  }
}
