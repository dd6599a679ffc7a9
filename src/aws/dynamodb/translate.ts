/**
 * How values become DynamoDB's and back, whatever the options of the client are. A document command asks the settings of the
 * client that sends it, so a client with `wrapNumbers` would read our numbers as objects, and one with `convertEmptyValues` would
 * write an empty payload as null.
 */
import type { TranslateConfig } from "@aws-sdk/lib-dynamodb";

interface Settings {
  readonly translateConfig?: TranslateConfig | undefined;
}

/** A command of `@aws-sdk/lib-dynamodb`, from whichever copy of it. */
export interface TranslatedCommand {
  readonly input?: object;
  resolveMiddleware?(stack: unknown, settings: Settings, options: unknown): unknown;
}

const marshallOptions = { removeUndefinedValues: true };

/** Has a command translated as we do it. */
export const marshalledByUs = (command: TranslatedCommand): TranslatedCommand =>
  translated(command, () => ({ ...marshallOptions }));

/** As its client does it on the way there, with what a transaction needs to hold; and as we do it on the way back. */
export const unmarshalledByUs = (command: TranslatedCommand): TranslatedCommand =>
  translated(command, (theirs) => ({
    ...(theirs ? theirs.marshallOptions : marshallOptions),
    convertTopLevelContainer: true,
  }));

function translated(
  command: TranslatedCommand,
  optionsOf: (
    theirs: TranslateConfig | undefined,
  ) => NonNullable<TranslateConfig["marshallOptions"]>,
): TranslatedCommand {
  const { resolveMiddleware } = command;
  // Without one it is a command of somebody's own making.
  if (typeof resolveMiddleware !== "function") return command;
  command.resolveMiddleware = (stack, settings, options) => {
    const translateConfig = {
      marshallOptions: optionsOf(settings.translateConfig),
      unmarshallOptions: {},
    };
    return resolveMiddleware.call(command, stack, { ...settings, translateConfig }, options);
  };
  return command;
}
