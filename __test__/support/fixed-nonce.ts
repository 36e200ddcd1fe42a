import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { afterAll, beforeAll } from "vitest";

/** Makes `randomBytes` answer the same bytes, so that two libraries encrypt to the same ciphertext. */
export function useFixedNonce(): void {
  const { randomBytes } = crypto;
  beforeAll(() => {
    Object.assign(crypto, { randomBytes: (length: number) => Buffer.alloc(length, 7) });
    syncBuiltinESMExports();
  });
  afterAll(() => {
    Object.assign(crypto, { randomBytes });
    syncBuiltinESMExports();
  });
}
