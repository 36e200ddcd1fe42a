import Pusher from "pusher";
import { expect, test } from "pushrig/playwright";
import { env } from "../src/config/env";
import { board } from "./board";

test("what a worker publishes in another process appears", async ({ page, pusher }) => {
  const ada = board(page);
  await ada.open("Ada");
  await pusher.channel("workspace-acme").subscribed();
  const { hostname: host, port } = new URL(pusher.url);
  const { PUSHER_APP_ID: appId, PUSHER_KEY: key, PUSHER_SECRET: secret } = env;
  const worker = new Pusher({ appId, key, secret, host, port, useTLS: false });

  await worker.trigger("workspace-acme", "highlight-nodes", { taskId: "1", nodeIds: ["api", "auth"] });

  await pusher.channel("workspace-acme").received("highlight-nodes");
  await expect(page.getByRole("img", { name: "Touched: api, auth" })).toBeVisible();
});
