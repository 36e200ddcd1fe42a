import { addressOf, request } from "./authorization/endpoint.js";

/**
 * XMLHttpRequest where there is no page, as far as plugins of pusher-js use it: asynchronous, over node:http, text in and out.
 * `pusher-js` brings one of its own in its Node build.
 */
export class HttpRequest {
  static readonly UNSENT = 0;
  static readonly OPENED = 1;
  static readonly HEADERS_RECEIVED = 2;
  static readonly LOADING = 3;
  static readonly DONE = 4;

  readyState = HttpRequest.UNSENT;
  /** 0: no answer. */
  status = 0;
  responseText = "";
  onreadystatechange: (() => void) | null = null;
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  #method = "GET";
  #url = "";
  #headers: Record<string, string> = {};
  #answered: Record<string, string | string[] | undefined> = {};
  /** Counts what was sent and taken back: the answer to something older is nobody's. */
  #turn = 0;

  open(method: string, url: string): void {
    this.#turn += 1;
    this.#method = method.toUpperCase();
    this.#url = url;
    this.#headers = {};
    this.status = 0;
    this.responseText = "";
    this.#change(HttpRequest.OPENED);
  }

  setRequestHeader(name: string, value: string): void {
    const key = Object.keys(this.#headers).find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
    const before = this.#headers[key];
    this.#headers[key] = before === undefined ? String(value) : `${before}, ${value}`;
  }

  getResponseHeader(name: string): string | null {
    const value = this.#answered[name.toLowerCase()];
    return value === undefined ? null : String(value);
  }

  /** @throws Error before `open`, and for a URL that is none where there is no page to resolve it against */
  send(body = ""): void {
    if (this.readyState !== HttpRequest.OPENED) throw new Error("InvalidStateError: call open() first");
    const address = addressOf(this.#url);
    if (address === undefined)
      throw new Error(`pushrig: there is no page to resolve ${JSON.stringify(this.#url)} against`);
    const turn = this.#turn;
    void request(this.#method, address, this.#headers, String(body ?? "")).then((answer) => {
      if (turn !== this.#turn) return;
      this.status = answer.status;
      this.responseText = answer.text;
      this.#answered = answer.headers ?? {};
      this.#change(HttpRequest.DONE);
      if (answer.status === 0) this.onerror?.();
      else this.onload?.();
    });
  }

  abort(): void {
    this.#turn += 1;
    this.readyState = HttpRequest.UNSENT;
  }

  #change(state: number): void {
    this.readyState = state;
    this.onreadystatechange?.();
  }
}
