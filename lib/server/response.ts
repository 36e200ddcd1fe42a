import { Blob, type Blob as NodeBlob } from "node:buffer";
import type { Readable } from "node:stream";
import { stream } from "../base/builtin.js";
import { ResponseHeaders } from "./response-headers.js";
import { FetchError } from "./errors.js";

type Content = string | Readable | NodeJS.ReadableStream;

/** What an HTTP answer has beyond status, body and URL. */
export interface ResponseDetails {
  statusText?: string | undefined;
  headers?: Record<string, string | string[] | undefined> | undefined;
  redirected?: boolean | undefined;
}

/**
 * What every call of the server resolves to: the response of node-fetch 2, its body readable once.
 *
 * One is made per trigger and hardly anyone looks at it. So it is only a few fields, and URL, headers and stream are made when
 * somebody asks for them.
 */
export class Response {
  /** node-fetch's two own enumerable fields, both without a limit. */
  readonly size = 0;
  readonly timeout = 0;
  /** Declared by the types of node-fetch, never set by it. */
  declare readonly type: "basic" | "cors" | "default" | "error" | "opaque" | "opaqueredirect";
  #status: number;
  #content: Content;
  #url: string | (() => string);
  #details: ResponseDetails | undefined;
  #headers: ResponseHeaders | undefined;
  #used = false;

  constructor(status: number, content: Content, url: string | (() => string), details?: ResponseDetails) {
    this.#status = status;
    this.#content = content;
    this.#url = url;
    this.#details = details;
  }

  get status(): number {
    return this.#status;
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return this.#status >= 200 && this.#status < 300;
  }

  get statusText(): string {
    return this.#details?.statusText ?? "OK";
  }

  /** The full signed URL of the request, percent-encoded. */
  get url(): string {
    if (typeof this.#url === "function") this.#url = encoded(this.#url());
    return this.#url;
  }

  get redirected(): boolean {
    return this.#details?.redirected ?? false;
  }

  get headers(): ResponseHeaders {
    this.#headers ??= new ResponseHeaders(this.#details?.headers ?? this.#ownHeaders());
    return this.#headers;
  }

  get body(): NodeJS.ReadableStream {
    if (typeof this.#content === "string") this.#content = stream().Readable.from([Buffer.from(this.#content)]);
    return this.#content;
  }

  get bodyUsed(): boolean {
    return this.#used;
  }

  /** @throws Error when the body has been read */
  clone(): Response {
    if (this.#used) throw new Error("cannot clone body after it is used");
    let copy = this.#content;
    if (typeof copy !== "string") {
      const { PassThrough } = stream();
      const [mine, other] = [new PassThrough(), new PassThrough()];
      copy.pipe(mine);
      copy.pipe(other);
      this.#content = mine;
      copy = other;
    }
    return new Response(this.#status, copy, this.#url, { ...this.#details, headers: this.headers.raw() });
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- as node-fetch declares it
  async json(): Promise<any> {
    const text = await this.text();
    try {
      return JSON.parse(text);
    } catch (error) {
      const reason = (error as Error).message;
      throw new FetchError(`invalid json response body at ${this.url} reason: ${reason}`, "invalid-json");
    }
  }

  async text(): Promise<string> {
    return (await this.buffer()).toString();
  }

  /** The text, whatever its encoding; only UTF-8 occurs here. */
  textConverted(): Promise<string> {
    return this.text();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.buffer();
    const copy = new ArrayBuffer(bytes.byteLength);
    new Uint8Array(copy).set(bytes);
    return copy;
  }

  async blob(): Promise<NodeBlob> {
    return new Blob([await this.buffer()], { type: this.headers.get("content-type")?.toLowerCase() ?? "" });
  }

  async buffer(): Promise<Buffer> {
    if (this.#used) throw new TypeError(`body used already for: ${this.url}`);
    this.#used = true;
    if (typeof this.#content === "string") return Buffer.from(this.#content);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of this.#content) chunks.push(Buffer.from(chunk));
    } catch (error) {
      const reason = `Invalid response body while trying to fetch ${this.url}: ${(error as Error).message}`;
      throw new FetchError(reason, "system", error as Error);
    }
    return Buffer.concat(chunks);
  }

  get [Symbol.toStringTag](): string {
    return "Response";
  }

  /** The headers of an answer given in this process. */
  #ownHeaders(): Record<string, string> {
    const length = typeof this.#content === "string" ? Buffer.byteLength(this.#content) : undefined;
    return {
      "content-type": "application/json",
      ...(length !== undefined && { "content-length": String(length) }),
    };
  }
}

for (const name of Object.getOwnPropertyNames(Response.prototype)) {
  // As in node-fetch, and in browsers, so that a loop over a response shows what it has.
  if (name !== "constructor") Object.defineProperty(Response.prototype, name, { enumerable: true });
}

/** Credentials that make no URL do not stop an app in this process. */
function encoded(url: string): string {
  try {
    return new URL(url).href;
  } catch {
    return url;
  }
}
