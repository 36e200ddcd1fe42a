/** XSalsa20-Poly1305 (`nacl.secretbox`) for `private-encrypted-` channels, done by the native half. */

import { native } from "./addon.js";

export const KEY_LENGTH = 32;
export const NONCE_LENGTH = 24;
/** Bytes that the authenticator adds to a message. */
export const OVERHEAD_LENGTH = 16;

/** Encrypts. `nonce` has 24 bytes, `key` 32; anything else throws a RangeError. */
export function seal(message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  checkLengths(nonce, key);
  return copied(native.secretboxSeal(message, nonce, key)) as Uint8Array;
}

/** Decrypts, or answers null when the box was not made with this nonce and key. */
export function open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null {
  checkLengths(nonce, key);
  return copied(native.secretboxOpen(box, nonce, key));
}

/** The shape that `tweetnacl` exports, as far as `pusher-js` uses it. */
export const secretbox = Object.assign(seal, {
  open,
  seal,
  keyLength: KEY_LENGTH,
  nonceLength: NONCE_LENGTH,
  overheadLength: OVERHEAD_LENGTH,
});

/** An array made by the addon belongs to another realm under `vm` contexts. */
function copied(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : Uint8Array.from(bytes);
}

function checkLengths(nonce: Uint8Array, key: Uint8Array): void {
  if (nonce.length !== NONCE_LENGTH)
    throw new RangeError(`pushrig: a nonce has ${NONCE_LENGTH} bytes, this one ${nonce.length}`);
  if (key.length !== KEY_LENGTH) throw new RangeError(`pushrig: a key has ${KEY_LENGTH} bytes, this one ${key.length}`);
}

/** The part of tweetnacl that encrypted channels use. */
export interface Nacl {
  secretbox: {
    (message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array;
    open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null;
    readonly keyLength: number;
    readonly nonceLength: number;
    readonly overheadLength: number;
  };
}

/** What a client's option `nacl` is when not given. */
export const nacl: Nacl = { secretbox };
