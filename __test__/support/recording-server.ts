import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedRequest {
  method: string;
  /** Path and query, byte for byte. */
  url: string;
  headers: IncomingHttpHeaders;
  /** The headers' names as they came. */
  spelled: string[];
  body: string;
}

export interface ScriptedAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Says nothing at all. */
  silent?: boolean;
  /** Never comes to the end of its body. */
  endless?: boolean;
  /** Ends the connection in the middle of the body. */
  breaksOff?: boolean;
}

/** An HTTP server on loopback that writes down what it is asked. */
export class RecordingServer {
  requests: RecordedRequest[] = [];
  /** For the next requests, the last one for all that follow. */
  answers: ScriptedAnswer[] = [{}];
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers, rawHeaders } = request;
      const spelled = rawHeaders.filter((_, at) => at % 2 === 0);
      this.requests.push({ method, url, headers, spelled, body: Buffer.concat(chunks).toString() });
      const answer = (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) ?? {};
      if (answer.silent) return;
      response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
      if (answer.endless) response.write("{");
      else if (answer.breaksOff) response.write("{", () => response.destroy());
      else response.end(answer.body ?? "{}");
    });
  });

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  reset(...answers: ScriptedAnswer[]): void {
    this.requests = [];
    this.answers = answers.length > 0 ? [...answers] : [{}];
  }

  /** How many sockets are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
