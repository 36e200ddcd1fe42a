/** A connection of a mock client whose app is at the gateway of another process: a WebSocket, and what a wire is to a client. */

import { WebSocket } from "ws";
import { type Attachment, credentialsThere } from "../base/attachment.js";
import { throwUncaught } from "../base/uncaught.js";
import { MOCK_CREDENTIALS } from "../options/defaults.js";
import type { ClientWire, FrameHandler } from "./client-wire.js";

/** The code of a connection that went without a close frame (RFC 6455), which also says that there never was one. */
const ABNORMAL_CLOSURE = 1006;

const PATH = "protocol=7&client=js&version=8.6.0&flash=false";

/** No channel is called so. */
const SIGN_IN = "pusher:signin";

interface Frame {
  event: string;
  channel?: string;
  data?: unknown;
}

interface Unreferable {
  ref(): void;
  unref(): void;
}

export class SocketWire implements ClientWire {
  /** The socket id, by which the journal there knows it. */
  connectionId = "";
  readonly taken: number;
  readonly taking: undefined;
  readonly #handler: FrameHandler;
  #socket: WebSocket | undefined;
  #isClosed = false;
  /** What was sent and is not answered: channels, and the user. */
  readonly #awaited = new Set<string>();

  /** @param known the number of the latest event of this process: what is numbered elsewhere is not compared with it */
  constructor(there: Attachment, key: string, handler: FrameHandler, known: number) {
    this.taken = known;
    this.#handler = handler;
    there.ready().then(
      () => this.#open(there, key),
      // That nobody answers there is said to whoever waits for it. A client tries again.
      () => this.#end(ABNORMAL_CLOSURE, "", false),
    );
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(frame: string): boolean {
    if (!this.isOpen) return false;
    this.#awaitAnswer(JSON.parse(frame) as Frame);
    this.#socket?.send(frame);
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket?.close(1000);
  }

  poll(): void {}

  listenedToChanged(): void {}

  #open(there: Attachment, key: string): void {
    if (this.#isClosed) return;
    const { key: meant } = credentialsThere(there, { key, secret: "" }, MOCK_CREDENTIALS);
    const address = `${there.url.replace(/^http/, "ws")}/app/${encodeURIComponent(meant)}?${PATH}`;
    const socket = new WebSocket(address, { perMessageDeflate: false });
    this.#socket = socket;
    socket.on("message", (data: Buffer) => this.#receive(data.toString()));
    // What is behind it follows as the end.
    socket.on("error", () => {});
    socket.on("close", (code: number, reason: Buffer) => {
      this.#end(code, reason.toString(), code !== ABNORMAL_CLOSURE);
    });
  }

  #receive(frame: string): void {
    if (this.#isClosed) return;
    if (this.#awaited.size > 0) this.#answered(JSON.parse(frame) as Frame);
    this.#hold(this.#awaited.size > 0);
    if (this.connectionId === "") this.connectionId = socketIdIn(frame);
    try {
      this.#handler.onFrame(frame);
    } catch (error) {
      throwUncaught(error);
    }
  }

  #end(code: number, reason: string, wasClean: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handler.onClose(code, reason, wasClean);
  }

  /** The process waits for answers, as for what is under way in it. Most frames have none. */
  #awaitAnswer({ event, data }: Frame): void {
    const { channel = "" } = Object(data) as { channel?: string };
    if (event === "pusher:subscribe") this.#awaited.add(channel);
    else if (event === "pusher:signin") this.#awaited.add(SIGN_IN);
    else if (event === "pusher:unsubscribe") this.#awaited.delete(channel);
    this.#hold(this.#awaited.size > 0);
  }

  #answered({ event, channel = "" }: Frame): void {
    if (event === "pusher:error") this.#awaited.clear();
    else if (event === "pusher:signin_success") this.#awaited.delete(SIGN_IN);
    else if (event === "pusher_internal:subscription_succeeded" || event === "pusher:subscription_error")
      this.#awaited.delete(channel);
  }

  /** Whether it keeps the process alive. */
  #hold(isHeld: boolean): void {
    const { _socket: socket } = (this.#socket ?? {}) as { _socket?: Unreferable };
    if (isHeld) socket?.ref();
    else socket?.unref();
  }
}

function socketIdIn(frame: string): string {
  const { event, data } = JSON.parse(frame) as { event?: string; data?: string };
  if (event !== "pusher:connection_established" || data === undefined) return "";
  return (JSON.parse(data) as { socket_id: string }).socket_id;
}
