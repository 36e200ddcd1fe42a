// A gateway, and asking its control routes as curl does.

import { type IncomingMessage, request } from "node:http";
import { createMockPusher, type Gateway, type MockPusher, type MockPusherOptions } from "pushrig";
import { onTestFinished } from "vitest";
import type { ListenOptions } from "../../lib/options/listen.js";
import { Remote } from "../../lib/remote/remote.js";

export interface Answered {
  status: number;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- JSON
  json: any;
  headers: IncomingMessage["headers"];
}

export interface World {
  app: MockPusher;
  gateway: Gateway;
  remote: Remote;
  get(path: string): Promise<Answered>;
  post(path: string, body?: unknown): Promise<Answered>;
  ask(method: string, path: string, body?: string): Promise<Answered>;
}

export async function open(options: MockPusherOptions = {}, listening: ListenOptions = {}): Promise<World> {
  const app = createMockPusher(options);
  const gateway = await app.listen({ port: 0, ...listening });
  onTestFinished(() => app.close());
  const ask = (method: string, path: string, body?: string): Promise<Answered> =>
    asked(gateway.port, method, path, body);
  return {
    app,
    gateway,
    remote: new Remote(gateway.url),
    ask,
    get: (path) => ask("GET", `/pushrig/v1/${path}`),
    post: (path, body = {}) =>
      ask("POST", `/pushrig/v1/${path}`, typeof body === "string" ? body : JSON.stringify(body)),
  };
}

function asked(port: number, method: string, path: string, body?: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method, path, agent: false }, async (response) => {
      const text = (await response.toArray()).join("");
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        json = undefined;
      }
      resolve({ status: response.statusCode ?? 0, text, json, headers: response.headers });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
