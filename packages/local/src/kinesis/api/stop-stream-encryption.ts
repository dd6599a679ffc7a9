/** StopStreamEncryption: forgets the key. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { encryptionType, keyId, stream } from "./members.ts";
import { streamOf } from "./reference.ts";

export const stopStreamEncryption = action(
  { EncryptionType: required(encryptionType), KeyId: required(keyId), ...stream },
  (input, { kinesis }) =>
    kinesis.keep(streamOf(input), { encryptionKeyId: undefined }, { updating: true }),
);
