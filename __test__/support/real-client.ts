import PusherJs from "pusher-js";
import type { Line } from "./line.js";

/** The far end of a socket that the real pusher-js believes it has opened. */
class FakeSocket implements Line {
  readonly sent: any[] = [];
  onopen?: () => void;
  onmessage?: (message: { data: string }) => void;
  onclose?: (close?: { code: number; reason: string; wasClean: boolean }) => void;
  onerror?: (error: unknown) => void;
  #number: number;

  constructor(number: number) {
    this.#number = number;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    // The client has unbound its listeners by the time a closed socket says so.
  }

  open(socketId = `1.${this.#number}`, activityTimeout: number | undefined = 120): void {
    this.onopen?.();
    this.frame("pusher:connection_established", { socket_id: socketId, activity_timeout: activityTimeout });
  }

  frame(event: string, data?: unknown, channel?: string): void {
    this.raw(JSON.stringify({ event, channel, data: data === undefined ? undefined : JSON.stringify(data) }));
  }

  raw(text: string): void {
    this.onopen?.();
    this.onmessage?.({ data: text });
  }

  drop(code: number, reason = "", wasClean = true): void {
    // A refused connection was never open.
    if (this.onopen && code !== 1006) this.onopen();
    this.onclose?.({ code, reason, wasClean });
  }
}

/** The real pusher-js over sockets whose far end is the test. */
export function realClient(options: object = {}): { client: PusherJs; lines: Line[] } {
  const lines: FakeSocket[] = [];
  const runtime = PusherJs.Runtime as unknown as { createWebSocket: (url: string) => FakeSocket };
  runtime.createWebSocket = () => {
    const socket = new FakeSocket(lines.length + 1);
    lines.push(socket);
    return socket;
  };
  const client = new PusherJs("app-key", { cluster: "mt1", enabledTransports: ["ws"], ...options });
  return { client, lines };
}
