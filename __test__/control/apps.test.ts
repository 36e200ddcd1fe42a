import { expect, it } from "vitest";
import { Remote } from "../../lib/remote/remote.js";
import { open } from "./world.js";

const own = { id: "worker-0", key: "worker-key", secret: "worker-secret" };

it("makes an app with a gateway of its own, finds it again, and ends it", async () => {
  const { app, remote } = await open();
  const made = await remote.addApp({ ...own, cluster: "eu" });
  expect(made).toEqual({ app: { id: own.id, key: own.key, cluster: "eu" }, url: expect.stringMatching(/^http:/) });
  expect(await remote.addApp(own)).toEqual(made);

  const further = new Remote(made.url);
  await further.trigger("room", "hello", {});
  expect((await further.journal()).entries.map(({ event }) => event)).toContain("hello");
  expect(app.state.getChannelMessages("room")).toEqual([]);
  await further.restart();

  await remote.closeApp(own.id);
  await expect(further.state()).rejects.toMatchObject({ code: "no-gateway" });
});

it("refuses an app whose credentials are another one's, and to close what was not made by route", async () => {
  const { app, remote } = await open();
  await remote.addApp(own);
  await expect(remote.addApp({ ...own, secret: "guessed" })).rejects.toMatchObject({ code: "conflict" });
  await remote.closeApp(own.id);
  await expect(remote.closeApp(app.app.id)).rejects.toMatchObject({ code: "unknown-app" });
  await expect(remote.addApp({ id: "" })).rejects.toMatchObject({ code: "bad-request" });
});

it("shows a secret only where it has made it up", async () => {
  const { remote } = await open();
  const { secret, app } = await remote.addApp({ id: "made-up" });
  expect(secret).toEqual(expect.any(String));
  expect(JSON.stringify(await remote.addApp({ ...own }))).not.toContain(own.secret);
  for (const id of [app.id, own.id]) await remote.closeApp(id);
});
