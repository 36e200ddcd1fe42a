/* oxlint-disable typescript/no-explicit-any, no-throw-literal -- decoded data can be anything; pusher-js throws these literals */

import { decode } from "../base/decode.js";

// What goes over a wire, as pusher-js 8.6.0 reads and writes it (protocol 7).

/** A frame with its data decoded. */
export interface PusherEvent {
  event: string;
  channel?: string;
  data?: any;
  user_id?: string;
}

/** The outcome of a handshake, or of a close: one word for what the connection has to do. */
export type CloseAction = "tls_only" | "refused" | "backoff" | "retry";

export interface Handshake {
  action: CloseAction | "connected" | "error";
  id?: string;
  /** Milliseconds. */
  activityTimeout?: number;
  error?: any;
}

export interface PusherError {
  type: "PusherError";
  data: { code: number; message: string | undefined };
}

/**
 * Decodes a frame. Its `data` is parsed when it is a string that holds JSON, and left alone otherwise.
 * @throws `{ type: 'MessageParseError', error, data }` when the text is no JSON object
 */
export function decodeFrame(text: string): PusherEvent {
  try {
    const message = JSON.parse(text);
    const frame: PusherEvent = {
      event: message.event,
      channel: message.channel,
      data: typeof message.data === "string" ? decode(message.data) : message.data,
    };
    if (message.user_id) frame.user_id = message.user_id;
    return frame;
  } catch (error) {
    throw { type: "MessageParseError", error, data: text };
  }
}

/**
 * Decodes the data of an event that came without its frame: the same result as `decodeFrame` gives for it.
 * @param isJson whether `text` is the JSON of the data (client events) or the string that the data is (published events)
 */
export function decodeData(text: string | undefined, isJson: boolean): unknown {
  if (text === undefined) return undefined;
  if (!isJson) return decode(text);
  const value: unknown = JSON.parse(text);
  return typeof value === "string" ? decode(value) : value;
}

/**
 * Reads the first frame of a connection.
 * @throws what `decodeFrame` throws, or a string that says what is wrong with the handshake
 */
export function readHandshake(text: string): Handshake {
  const { event, data } = decodeFrame(text);
  if (event === "pusher:connection_established") {
    if (!data.activity_timeout) throw "No activity timeout specified in handshake";
    return { action: "connected", id: data.socket_id, activityTimeout: data.activity_timeout * 1000 };
  }
  if (event === "pusher:error") return { action: closeAction(data.code) as CloseAction, error: closeError(data) };
  throw "Invalid handshake";
}

/** What a close code asks of the client; null: nothing special, reconnect after a second. */
export function closeAction(code: number): CloseAction | null {
  if (code < 4000) return code >= 1002 && code <= 1004 ? "backoff" : null;
  if (code === 4000) return "tls_only";
  if (code < 4100) return "refused";
  if (code < 4200) return "backoff";
  if (code < 4300) return "retry";
  return "refused";
}

/** The error to report for a close, null for the two clean codes. */
export function closeError(close: { code: number; reason?: string; message?: string }): PusherError | null {
  if (close.code === 1000 || close.code === 1001) return null;
  return { type: "PusherError", data: { code: close.code, message: close.reason || close.message } };
}
