/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import { type RouteAnswer, STEP_BY_STEP } from "../../events/route.js";
import type { ChannelAuthorizationCallback, ChannelAuthorizationData } from "../../options/authorization.js";
import { PrivateChannel } from "./channel.js";
import { type ChannelOwner, mockSide } from "../owner.js";
import { UnsupportedFeature } from "../errors.js";
import type { PusherEvent } from "../../events/frame.js";
import { logger } from "../logger.js";
import type { Nacl } from "../../native/secretbox.js";

/**
 * A channel whose events only its subscribers can read. The key comes with the authorization, as `shared_secret`.
 * `pusher:` events are in the clear; events bound on the client stay encrypted.
 */
export class EncryptedChannel extends PrivateChannel {
  key: Uint8Array | null = null;
  nacl: Nacl;

  constructor(name: string, pusher: ChannelOwner, nacl: Nacl) {
    super(name, pusher);
    this.nacl = nacl;
  }

  override authorize(socketId: string, callback: ChannelAuthorizationCallback): void {
    super.authorize(socketId, (error, data) => {
      if (error) {
        callback(error, data);
        return;
      }
      const authorization = data as ChannelAuthorizationData;
      if (!authorization.shared_secret) {
        callback(new Error(`No shared_secret key in auth payload for encrypted channel: ${this.name}`), null);
        return;
      }
      this.key = fromBase64(authorization.shared_secret);
      delete authorization.shared_secret;
      callback(null, authorization);
    });
  }

  /** @throws UnsupportedFeature always */
  override trigger(_event: string, _data: any): boolean {
    throw new UnsupportedFeature("Client events are not currently supported for encrypted channels");
  }

  override handleEvent(event: PusherEvent): void {
    if (event.event.startsWith("pusher_internal:") || event.event.startsWith("pusher:")) super.handleEvent(event);
    else this.#decrypt(event.event, event.data);
  }

  override route(): RouteAnswer {
    return STEP_BY_STEP;
  }

  /** The decrypted text, parsed if it is JSON. */
  getDataToEmit(bytes: Uint8Array): any {
    const text = Buffer.from(bytes).toString("utf8");
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  /** A wrong key is found out by decrypting, so every event counts, whether somebody listens or not. */
  override hears(_eventName: string): boolean {
    return true;
  }

  #decrypt(eventName: string, data: any): void {
    const key = this.key;
    if (key === null) {
      logger.debug("Received encrypted event before key has been retrieved from the authEndpoint");
      return;
    }
    if (!data?.ciphertext || !data.nonce) {
      logger.error(
        `Unexpected format for encrypted event, expected object with \`ciphertext\` and \`nonce\` fields, got: ${data}`,
      );
      return;
    }
    const { secretbox } = this.nacl;
    const box = fromBase64(data.ciphertext);
    if (box.length < secretbox.overheadLength) {
      logger.error(`Expected encrypted event ciphertext length to be ${secretbox.overheadLength}, got: ${box.length}`);
      return;
    }
    const nonce = fromBase64(data.nonce);
    if (nonce.length < secretbox.nonceLength) {
      logger.error(`Expected encrypted event nonce length to be ${secretbox.nonceLength}, got: ${nonce.length}`);
      return;
    }
    const bytes = secretbox.open(box, nonce, key);
    if (bytes === null) this.#decryptWithNewKey(eventName, box, nonce);
    else this.#emitDecrypted(eventName, bytes);
  }

  /** Asks for a new key once for this event; the next event that fails asks again. */
  #decryptWithNewKey(eventName: string, box: Uint8Array, nonce: Uint8Array): void {
    logger.debug(
      "Failed to decrypt an event, probably because it was encrypted with a different key. " +
        "Fetching a new key from the authEndpoint...",
    );
    this.authorize(this.pusher.connection.socket_id, (error, data) => {
      if (error) {
        logger.error(
          `Failed to make a request to the authEndpoint: ${data}. ` +
            "Unable to fetch new key, so dropping encrypted event",
        );
        return;
      }
      const bytes = this.nacl.secretbox.open(box, nonce, this.key as Uint8Array);
      if (bytes === null) logger.error("Failed to decrypt event with new key. Dropping encrypted event");
      else this.#emitDecrypted(eventName, bytes);
    });
  }

  /** Never with metadata; with simulated latency falsy data is no argument at all, as in pusher-js. */
  #emitDecrypted(eventName: string, bytes: Uint8Array): void {
    const data = this.getDataToEmit(bytes);
    if (mockSide(this.pusher).countsArgumentsAsPusherJs) this.emit(eventName, data);
    else this.emitCounted(eventName, data, undefined, 1);
  }
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
