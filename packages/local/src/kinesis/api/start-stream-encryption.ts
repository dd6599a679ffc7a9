/** StartStreamEncryption: keeps the key; nothing is encrypted. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { encryptionType, keyId, stream } from "./members.ts";
import { streamOf } from "./reference.ts";

export const startStreamEncryption = action(
  { EncryptionType: required(encryptionType), KeyId: required(keyId), ...stream },
  (input, { kinesis }) => {
    const encryptionKeyId = input.EncryptionType === "KMS" ? input.KeyId : undefined;
    kinesis.keep(streamOf(input), { encryptionKeyId }, { updating: true });
  },
);
