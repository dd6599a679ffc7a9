/** StopStreamEncryption: forgets the key. */
import { action } from "./action.ts";
import { encryptionType, keyId, stream } from "./members.ts";
import { streamOf } from "./reference.ts";
import { required } from "./shape.ts";

export const stopStreamEncryption = action(
  { EncryptionType: required(encryptionType), KeyId: required(keyId), ...stream },
  (input, { kinesis }) =>
    kinesis.keep(streamOf(input), { encryptionKeyId: undefined }, { updating: true }),
);
