import { createServer, type AddressInfo, type Socket } from "node:net";

/** What is written on the socket once a whole request has arrived on it. */
export type RawAnswer = (socket: Socket) => void;

/** A server on loopback that answers with bytes, so that it can misbehave as no HTTP server would. */
export class RawReceiver {
  /** The bodies that arrived, in order. */
  readonly bodies: string[] = [];
  /** For the next requests, the last one for all that follow. */
  readonly answers: RawAnswer[];
  readonly #sockets = new Set<Socket>();
  /** The most sockets that were open at one time. */
  mostOpen = 0;
  readonly #server = createServer((socket) => this.#accept(socket));

  constructor(...answers: RawAnswer[]) {
    this.answers = answers;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get open(): number {
    return this.#sockets.size;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    this.mostOpen = Math.max(this.mostOpen, this.open);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
      const end = text.indexOf("\r\n\r\n") + 4;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (end < 4 || text.length < end + length) return;
      this.bodies.push(text.slice(end));
      text = "";
      const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      answer?.(socket);
    });
  }
}

/** A whole answer, after which the connection ends. */
export function answer(status: number, headers = ""): RawAnswer {
  return (socket) => socket.end(`HTTP/1.1 ${status} X\r\n${headers}Content-Length: 2\r\n\r\nok`);
}
