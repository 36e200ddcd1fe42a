import { crypto } from "./builtin.js";

/** An app's key and secret: signs with HMAC-SHA256, as `Pusher.Token` of npm `pusher` does. */
export class Token {
  key: string;
  secret: string;

  constructor(key: string, secret: string) {
    this.key = key;
    this.secret = secret;
  }

  /** The lower-case hex HMAC-SHA256 of the UTF-8 text. */
  sign(text: string): string {
    return crypto().createHmac("sha256", this.secret).update(Buffer.from(text)).digest("hex");
  }

  /** Whether `signature` signs `text`; takes as long for a wrong one as for a right one. */
  verify(text: string, signature: string): boolean {
    const expected = this.sign(text);
    if (expected.length !== signature.length) return false;
    // Two bytes a character, whatever the character: as many on both sides.
    return crypto().timingSafeEqual(Buffer.from(expected, "utf16le"), Buffer.from(signature, "utf16le"));
  }
}
