/** The page of a trace, served to this machine: as that of a gateway, with a line in its head that names the trace. */

import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { show } from "../base/shown.js";

const HOST = "127.0.0.1";
const NO_STORE = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
const UNFRAMED = { "x-frame-options": "DENY", "content-security-policy": "frame-ancestors 'none'" };

/** A trace as it is now: it may be written anew while its page is open. */
export interface TraceSource {
  /** How the page calls it. */
  name: string;
  /** Anew each time. What cannot be read is an `error` of the stream. */
  open(): Readable;
}

/** Why a file cannot be read. */
export function unreadable(name: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return `cannot read ${name} (${code ?? message}): give the path of a trace`;
}

export function fileSource(file: string): TraceSource {
  return { name: file, open: () => createReadStream(file, { highWaterMark: 1024 * 1024 }) };
}

/** Serves it until the server is closed. Rejects where nothing can listen. */
export async function serveTrace(source: TraceSource, port: number): Promise<{ url: string; server: Server }> {
  const html = pageOf(source.name);
  const server = createServer((request, response) => answer(request, response, source, html));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => resolve());
  });
  return { url: `http://${HOST}:${(server.address() as AddressInfo).port}/`, server };
}

/** The page as it was built, with the name of the trace. Its policy allows no script and no style besides its own. */
function pageOf(name: string): string {
  const escaped = name.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return readFileSync(pageFile(), "utf8").replace(
    /<meta charset="utf-8">/i,
    () => `<meta charset="utf-8"><meta name="pushrig-trace" content="${escaped}">`,
  );
}

/** Beside the bundle that this is in, or else in the source's neighbour. */
function pageFile(): string {
  const places = ["", "..", "../../dist"].map((folder) => join(__dirname, folder, "trace.html"));
  return places.find((place) => existsSync(place)) ?? places[0];
}

function answer(request: IncomingMessage, response: ServerResponse, source: TraceSource, html: string): void {
  const { method = "", url = "" } = request;
  const stranger = strangerOf(request);
  if (stranger !== undefined) return say(response, 403, stranger);
  if (method !== "GET" && method !== "HEAD") return say(response, 405, `there is nothing to ${method} here`);
  const path = url.replace(/\?.*$/s, "");
  if (path === "/") {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...NO_STORE, ...UNFRAMED }).end(html);
    return undefined;
  }
  if (path === "/trace") return send(response, source);
  return say(response, 404, `there is no ${show(path)} here: the page is at /`);
}

function send(response: ServerResponse, { name, open }: TraceSource): void {
  const file = open();
  const fail = (error: unknown): void => {
    if (response.headersSent) response.destroy();
    else say(response, 404, unreadable(name, error));
  };
  file.once("error", fail);
  // Nothing is promised before something was read.
  file.once("readable", () => {
    response.writeHead(200, { "content-type": "application/x-ndjson; charset=utf-8", ...NO_STORE });
    file.pipe(response);
  });
  response.once("close", () => file.destroy());
}

function say(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, {
      "content-type": "text/plain; charset=utf-8",
      ...NO_STORE,
      ...(status === 405 && { allow: "GET, HEAD" }),
    })
    .end(`pushrig: ${text}\n`);
}

/**
 * Why somebody may not come in: as at a gateway. A name that is not of this machine may lead here for somebody else (DNS rebinding), and
 * pages of other origins have no business with a trace.
 */
function strangerOf({ headers }: IncomingMessage): string | undefined {
  const { host = "", origin } = headers;
  if (!isLocal(host)) return `this is for this machine alone, not for the host ${show(host)}: open it by 127.0.0.1`;
  if (origin !== undefined && origin !== `http://${host}`) return `pages of ${show(origin)} have no business here`;
  const isOpened = headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  if (headers["sec-fetch-site"] === "cross-site" && !isOpened) return "pages of other sites have no business here";
  return undefined;
}

function isLocal(host: string): boolean {
  const name = host.replace(/:\d+$/, "");
  return /^(127(\.\d{1,3}){3}|\[::1\]|localhost|([\w-]+\.)+localhost)$/i.test(name);
}
