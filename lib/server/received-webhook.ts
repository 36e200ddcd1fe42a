import { WebHookError } from "./errors.js";
import { Token } from "../base/token.js";

export interface WebHookRequest {
  /** With lower-case names, as Node gives them. */
  headers: object;
  /** The body as it came, byte for byte: it is what was signed. */
  rawBody: string;
}

export interface WebHookEvent {
  name: string;
  channel: string;
  event: string;
  data: string;
  socket_id: string;
}

export interface WebHookData {
  /** Milliseconds since the epoch, when the webhook was made. */
  time_ms: number;
  events: WebHookEvent[];
}

/** A received webhook. Ask `isValid()` before its data. */
export class WebHook {
  token: Token;
  key: string;
  signature: string;
  contentType: string;
  body: string;
  /** The parsed body; the field does not exist when it is not JSON of the right content type. */
  declare data?: WebHookData;

  constructor(token: { key: string; secret: string }, request: WebHookRequest) {
    const headers = request.headers as Record<string, string>;
    this.token = token as Token;
    this.key = headers["x-pusher-key"];
    this.signature = headers["x-pusher-signature"];
    this.contentType = headers["content-type"];
    this.body = request.rawBody;
    if (!this.isContentTypeValid()) return;
    try {
      this.data = JSON.parse(this.body);
    } catch {
      // An invalid body is no error until its data is asked for.
    }
  }

  /** Whether the body is valid and signed by the app's token or one of the extra ones. */
  isValid(extraTokens?: { key: string; secret: string } | Array<{ key: string; secret: string }>): boolean {
    if (!this.isBodyValid()) return false;
    for (const candidate of [this.token].concat((extraTokens || []) as Token[])) {
      const token = candidate instanceof Token ? candidate : tokenOf(candidate);
      // oxlint-disable-next-line eqeqeq -- as in the SDK, where a numeric key matches its text
      if (this.key == token.key && token.verify(this.body, this.signature)) return true;
    }
    return false;
  }

  /** Exactly `application/json`: a charset suffix makes it invalid, as in the SDK. */
  isContentTypeValid(): boolean {
    return this.contentType === "application/json";
  }

  isBodyValid(): boolean {
    return this.data !== undefined;
  }

  /** @throws WebHookError when the body is invalid */
  getData(): WebHookData {
    if (!this.isBodyValid()) {
      throw new WebHookError("Invalid WebHook body", this.contentType, this.body, this.signature);
    }
    return this.data as WebHookData;
  }

  /** @throws WebHookError when the body is invalid */
  getEvents(): WebHookEvent[] {
    return this.getData().events;
  }

  /** @throws WebHookError when the body is invalid */
  getTime(): Date {
    return new Date(this.getData().time_ms);
  }
}

/** Extra tokens may be plain objects. */
function tokenOf(pair: { key: string; secret: string }): Token {
  return new Token(pair.key, pair.secret);
}
