/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import type { InternalAuthOptions } from "../options/authorization.js";
import { addressOf } from "./authorization/address.js";
import { type AuthorizationCallback, request, settle } from "./authorization/endpoint.js";
import type { AuthorizationKind } from "./authorization/signature.js";

/**
 * XMLHttpRequest where there is no page, as far as plugins of pusher-js use it: asynchronous, over node:http, text in and out.
 * `pusher-js` brings one of its own in its Node build.
 */
export class Xhr {
  static readonly UNSENT = 0;
  static readonly OPENED = 1;
  static readonly HEADERS_RECEIVED = 2;
  static readonly LOADING = 3;
  static readonly DONE = 4;

  readyState = Xhr.UNSENT;
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
    this.#change(Xhr.OPENED);
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
    if (this.readyState !== Xhr.OPENED) throw new Error("InvalidStateError: call open() first");
    const address = addressOf(this.#url);
    if (address === undefined)
      throw new Error(`pushrig: there is no page to resolve ${JSON.stringify(this.#url)} against`);
    const turn = this.#turn;
    void request(this.#method, address, this.#headers, String(body ?? "")).then((answer) => {
      if (turn !== this.#turn) return;
      this.status = answer.status;
      this.responseText = answer.text;
      this.#answered = answer.headers ?? {};
      this.#change(Xhr.DONE);
      if (answer.status === 0) this.onerror?.();
      else this.onload?.();
    });
  }

  abort(): void {
    this.#turn += 1;
    this.readyState = Xhr.UNSENT;
  }

  #change(state: number): void {
    this.readyState = state;
    this.onreadystatechange?.();
  }
}

/** Asks an endpoint as pusher-js's own authorizer does, with what its `createXHR()` has made. */
export function authorizeByRequest(
  xhr: any,
  query: string,
  auth: InternalAuthOptions,
  kind: AuthorizationKind,
  callback: AuthorizationCallback,
): any {
  xhr.open("POST", auth.endpoint, true);
  xhr.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
  for (const headers of [auth.headers, auth.headersProvider?.()]) {
    for (const [name, value] of Object.entries(headers ?? {})) xhr.setRequestHeader(name, value);
  }
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- what a plugin puts in place of createXHR has only this
  xhr.onreadystatechange = () => {
    if (xhr.readyState === 4) settle(kind, auth.endpoint, { status: xhr.status, text: xhr.responseText }, callback);
  };
  xhr.send(query);
  return xhr;
}
