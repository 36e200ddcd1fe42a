/** What the network does to an app's clients: asked for each connection and each authorization, whether a test has asked for faults or not. */

import { native } from "../native/addon.js";

/** What happens to a connection that is being opened. */
export interface Opening {
  /** It waits until the network is back. */
  isStalled: boolean;
  refusal: { code: number; reason: string } | null;
  /** Milliseconds. */
  delay: number;
}

const USUAL: Opening = { isStalled: false, refusal: null, delay: 0 };
const STALLED: Opening = { isStalled: true, refusal: null, delay: 0 };

/** How authorizing a channel or a user fails. */
export interface AuthorizationFailure {
  /** Only for this channel, in which `*` stands for any text; `"user"` is signing in. Default: everything. */
  channel?: string;
  /** The HTTP status that the client's error carries. Default 403. */
  status?: number;
  /** The error's text. Default: what pusher-js says of that status. */
  message?: string;
  /** How many authorizations fail. Default: all, until `restore()`. */
  times?: number;
}

/** The app whose network this is. */
interface App {
  /** The number that stands for the app in native calls. */
  readonly number: number;
  readonly isClosed: boolean;
  readonly seat: { readonly number: number };
}

/** Faults of this copy that are about a client, whichever connection it has. */
interface ClientFaults {
  connected(client: object, connection: number): void;
  keepOut(client: object, call: string): boolean;
  about(client: object): number[];
}

export class NetworkConditions {
  readonly #app: App;
  /** None before a test of this copy asks for a fault. */
  faults: ClientFaults | undefined;
  /** Who waits for the network to come back. */
  #stalled: Array<() => void> = [];

  constructor(app: App) {
    this.#app = app;
  }

  /** What happens to the connection that is being opened. */
  opening(client: object | undefined): Opening {
    if (this.#app.isClosed) return USUAL;
    if (client !== undefined && this.faults?.keepOut(client, "silence()")) return STALLED;
    const about = client === undefined ? undefined : this.faults?.about(client);
    const answer = native.opening(this.#app.number, this.#app.seat.number, about);
    return answer === null ? USUAL : (JSON.parse(answer) as Opening);
  }

  /** A client has this connection from now on. */
  connected(client: object, connection: number): void {
    this.faults?.connected(client, connection);
  }

  /** Called back once who was kept from connecting may try again. */
  stall(again: () => void): void {
    this.#stalled.push(again);
  }

  /** They may try again now. */
  unstall(): void {
    const stalled = this.#stalled;
    this.#stalled = [];
    for (const again of stalled) again();
  }

  /** The failure of this authorization, if one was asked for. `subject`: a channel or `"user"`. */
  authorizing(subject: string): AuthorizationFailure | undefined {
    if (this.#app.isClosed) return undefined;
    const answer = native.failAuthorization(this.#app.number, subject);
    if (answer === null) return undefined;
    const { status, message } = JSON.parse(answer) as { status: number | null; message: string | null };
    return { ...(status !== null && { status }), ...(message !== null && { message }) };
  }
}
