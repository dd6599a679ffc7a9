import { afterEach, expect, it, vi } from "vitest";
import { requireLocal } from "../../packages/cli/src/local.ts";
import { version } from "../../packages/cli/src/version.ts";

afterEach(() => vi.doUnmock("@shardmill/local/rig"));

const local = (found: () => object) => vi.doMock("@shardmill/local/rig", found);

it("@shardmill/local of the same version is taken", async () => {
  local(() => ({ version }));
  await expect(requireLocal("this command")).resolves.toBeUndefined();
});

it("another version is refused, with the two that belong together", async () => {
  local(() => ({ version: "0.0.1" }));
  await expect(requireLocal("this command")).rejects.toThrow(
    `this command needs the version of @shardmill/local that @shardmill/cli has, ${version}, and here is 0.0.1: npm install --save-dev @shardmill/cli@${version} @shardmill/local@${version}`,
  );
});

it("an older one, which does not say its version, is refused too", async () => {
  local(() => ({ version: undefined }));
  await expect(requireLocal("--handler")).rejects.toThrow("and here is an older one: npm install");
});
