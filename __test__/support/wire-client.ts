import http from "node:http";
import type { Socket } from "node:net";

/** A client on a real WebSocket that sets no timer and asks for no date: fakes of this process do not reach it. */
export class WireClient {
  readonly #socket: Socket;
  readonly #frames: any[] = [];
  #unread: Buffer;
  #arrived: () => void = () => {};
  socketId = "";
  /** Resolves when the gateway has said goodbye, or the connection has ended. */
  readonly closed: Promise<void>;
  #end: () => void = () => {};

  /** On a connection of its own, or on one of `agent`, which may have served requests. */
  static async connect(
    port: number,
    key: string,
    more: Record<string, string> = {},
    agent: http.Agent | false = false,
  ): Promise<WireClient> {
    const headers = {
      ...more,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const path = `/app/${key}?protocol=7&client=test&version=1`;
    const request = http.request({ host: "127.0.0.1", port, path, headers, agent }).end();
    const client = await new Promise<WireClient>((resolve, reject) => {
      request.on("upgrade", (_, socket, head) => resolve(new WireClient(socket as Socket, head)));
      request.on("error", reject);
    });
    client.socketId = (await client.frame("pusher:connection_established")).data.socket_id;
    return client;
  }

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => (this.#end = resolve));
    socket.on("close", () => this.#end());
    this.#unread = head;
    socket.on("data", (chunk: Buffer) => {
      this.#unread = Buffer.concat([this.#unread, chunk]);
      this.#read();
    });
    socket.on("error", () => {});
    this.#read();
  }

  #read(): void {
    for (;;) {
      const short = this.#unread[1] & 127;
      const start = short === 126 ? 4 : 2;
      if (this.#unread.length < start) return;
      const end = start + (short === 126 ? this.#unread.readUInt16BE(2) : short);
      if (this.#unread.length < end) return;
      if (this.#unread[0] === 0x88) this.#end();
      if (this.#unread[0] === 0x81) this.#frames.push(JSON.parse(this.#unread.toString("utf8", start, end)));
      this.#unread = this.#unread.subarray(end);
      this.#arrived();
    }
  }

  /** Frames that nobody has asked for yet. */
  get unread(): readonly unknown[] {
    return this.#frames;
  }

  /** The next frame; of this event, if one is named. */
  async frame(event?: string): Promise<any> {
    while (this.#frames.length === 0) await new Promise<void>((resolve) => (this.#arrived = resolve));
    const frame = this.#frames.shift();
    if (typeof frame.data === "string") frame.data = JSON.parse(frame.data);
    if (event !== undefined && frame.event !== event)
      throw new Error(`expected ${event}, got ${JSON.stringify(frame)}`);
    return frame;
  }

  send(event: string, data: object): void {
    const text = Buffer.from(JSON.stringify({ event, data }));
    const { length } = text;
    const head = length < 126 ? [0x81, 0x80 | length] : [0x81, 0xfe, length >> 8, length & 255];
    // A mask of zeros leaves the text as it is.
    this.#socket.write(Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), text]));
  }

  /** Resolves once the subscription has succeeded. */
  async subscribe(channel: string): Promise<void> {
    this.send("pusher:subscribe", { channel });
    await this.frame("pusher_internal:subscription_succeeded");
  }

  /** Resolves once the gateway has handled it. */
  async unsubscribe(channel: string): Promise<void> {
    this.send("pusher:unsubscribe", { channel });
    this.send("pusher:ping", {});
    await this.frame("pusher:pong");
  }

  /** Reads nothing any more, until `resume()`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }
}
