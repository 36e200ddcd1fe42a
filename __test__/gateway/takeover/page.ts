/** A page of the checker: the real pusher-js, which knows nothing of processes. */
import PusherJs from "pusher-js";
import type { Seen } from "./model";
import { CHANNEL, EVENT, PRESENCE } from "./processes";

export class Page {
  readonly client = "page";
  readonly seen: Seen[] = [];
  readonly #pusher: PusherJs;

  constructor(port: number) {
    const { client, seen } = this;
    const pusher = new PusherJs("mock-pusher-key", {
      cluster: "mock-cluster",
      wsHost: "127.0.0.1",
      wsPort: port,
      forceTLS: false,
      enabledTransports: ["ws"],
      disableStats: true,
      channelAuthorization: {
        endpoint: `http://127.0.0.1:${port}/pusher/auth`,
        transport: "ajax",
        params: { user_id: client },
      },
    });
    this.#pusher = pusher;
    let session: string | undefined;
    pusher.connection.bind("state_change", ({ current }: { current: string }) => {
      if (current === "connected" || session === undefined) return;
      seen.push({ kind: "lost", at: Date.now(), client, session });
      session = undefined;
    });
    pusher.subscribe(CHANNEL).bind(EVENT, ({ newTitle: event }: { newTitle: string }) => {
      seen.push({ kind: "received", at: Date.now(), client, session: pusher.connection.socket_id, event });
    });
    // The public channel, which needs nobody's leave, is there before.
    pusher.subscribe(PRESENCE).bind("pusher:subscription_succeeded", () => {
      session = pusher.connection.socket_id;
      seen.push({ kind: "subscribed", at: Date.now(), client, session });
    });
  }

  close(): void {
    this.#pusher.disconnect();
  }
}
