/** What the test page runs: every client that lives in browsers, as an application would bundle it. */
import Echo from "laravel-echo";
import * as pushrig from "pushrig";
import Pusher from "pusher-js/with-encryption";
import { EchoDriver } from "./echo.js";
import { PusherJsDriver, perform, type Hear, type Who } from "./pusher-js.js";

/** Given by the test. */
declare global {
  interface Window {
    hear: Hear;
    driver: PusherJsDriver;
    connectWith: typeof connectWith;
    pushrig: typeof pushrig;
    PusherJsDriver: typeof PusherJsDriver;
    perform: typeof perform;
  }
}

const { MockPusherClient, clientOptions } = pushrig;
const key = "mock-pusher-key";

function connectWith(library: "pusher-js" | "laravel-echo" | "pushrig", who: Who): Promise<string> {
  window.driver = opened(library, who);
  return window.driver.connect();
}

function opened(library: string, who: Who): PusherJsDriver {
  if (library === "pushrig") {
    return new PusherJsDriver(new MockPusherClient(key, { cluster: "mock-cluster", ...who }), window.hear);
  }
  if (library === "pusher-js") return new PusherJsDriver(new Pusher(key, clientOptions(who)), window.hear);
  const echo = new Echo({
    broadcaster: "pusher",
    key,
    Pusher,
    csrfToken: "as on every page of Laravel",
    // Echo's types want more of pusher-js's legacy options than pusher-js does.
    ...(clientOptions(who) as object),
  });
  return new EchoDriver(echo, window.hear);
}

Object.assign(window, { pushrig, PusherJsDriver, connectWith, perform });
