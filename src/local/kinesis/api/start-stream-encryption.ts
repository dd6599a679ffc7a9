/** StartStreamEncryption: keeps the key; nothing is encrypted. */
import { action } from "./action.ts";
import { encryptionType, keyId, stream } from "./members.ts";
import { streamOf } from "./reference.ts";
import { required } from "./shape.ts";

export const startStreamEncryption = action(
  { EncryptionType: required(encryptionType), KeyId: required(keyId), ...stream },
  (input, { kinesis }) => {
    const encryptionKeyId = input.EncryptionType === "KMS" ? input.KeyId : undefined;
    kinesis.keep(streamOf(input), { encryptionKeyId }, { updating: true });
  },
);
