import { describe, expect, it } from "vitest";
import type { Library } from "./client.js";
import type { World } from "./world.js";

/** What every client of the gateway is expected to do, told once for all of them. */
export function behaveAsClients(world: World, libraries: Library[]): void {
  describe.each(libraries)("$name", { timeout: 30_000 }, (library) => {
    it("gets the events of a public channel until it leaves", async () => {
      const client = await world.connect(library);
      await client.subscribe("news", "headline");
      await world.sdk.trigger("news", "headline", { text: "grüße 👋" });
      expect(await client.next("news", "headline")).toEqual({ text: "grüße 👋" });

      await client.unsubscribe("news");
      await expect.poll(() => world.subscribers("news")).toBe(0);
      await world.sdk.trigger("news", "headline", { text: "unheard" });
      await world.fence(client);
      expect(client.arrived("news", "headline")).toEqual([]);
    });

    it("gets each event of a batch that is for it", async () => {
      const client = await world.connect(library);
      await client.subscribe("news", "headline", "weather");
      await world.sdk.triggerBatch([
        { channel: "news", name: "headline", data: { number: 1 } },
        { channel: "elsewhere", name: "headline", data: { number: 2 } },
        { channel: "news", name: "weather", data: { number: 3 } },
      ]);
      expect(await client.next("news", "headline")).toEqual({ number: 1 });
      expect(await client.next("news", "weather")).toEqual({ number: 3 });
      expect(client.arrived("news", "headline")).toEqual([]);
    });

    it("is left out of an event when the trigger names its socket id", async () => {
      const [sender, other] = await world.pair(library);
      await sender.subscribe("news", "headline", "fence");
      await other.subscribe("news", "headline");
      await world.sdk.trigger("news", "headline", { text: "for the others" }, { socket_id: sender.socketId });
      expect(await other.next("news", "headline")).toEqual({ text: "for the others" });
      await world.fence(sender, "news");
      expect(sender.arrived("news", "headline")).toEqual([]);
    });

    it("joins a private channel", async () => {
      const client = await world.connect(library);
      await client.subscribe("private-task-1", "title");
      await world.sdk.trigger("private-task-1", "title", { title: "new" });
      expect(await client.next("private-task-1", "title")).toEqual({ title: "new" });
    });

    it("sees who is present, who comes and who goes", async () => {
      const [ann, bob] = await world.pair(library, "ann", "bob");
      await ann.subscribe("presence-room");
      expect(await ann.members("presence-room")).toEqual(["ann"]);

      await bob.subscribe("presence-room");
      expect(await bob.members("presence-room")).toEqual(["ann", "bob"]);
      await expect.poll(() => ann.members("presence-room")).toEqual(["ann", "bob"]);

      await bob.unsubscribe("presence-room");
      await expect.poll(() => ann.members("presence-room")).toEqual(["ann"]);
    });

    it.each(["private-room", "presence-room"])("sends events to the other clients on %s", async (room) => {
      const [ann, bob] = await world.pair(library, "ann", "bob");
      await ann.subscribe(room, "client-typing", "fence");
      await bob.subscribe(room, "client-typing");
      await ann.trigger(room, "client-typing", { who: "ann" });
      expect(await bob.next(room, "client-typing")).toEqual({ who: "ann" });
      await world.fence(ann, room);
      expect(ann.arrived(room, "client-typing")).toEqual([]);
    });

    it("gets the last event of a cache channel, or hears that there is none", async () => {
      const [early, late] = await world.pair(library);
      await early.subscribe("cache-price", "pusher:cache_miss", "price");
      await early.next("cache-price", "pusher:cache_miss");
      await world.sdk.trigger("cache-price", "price", { euro: 1 });
      await world.sdk.trigger("cache-price", "price", { euro: 2 });
      expect(await early.next("cache-price", "price")).toEqual({ euro: 1 });

      await late.subscribe("cache-price", "price");
      expect(await late.next("cache-price", "price")).toEqual({ euro: 2 });
    });
  });

  describe.each(libraries.filter(({ has }) => has.has("encryption")))("$name", { timeout: 30_000 }, (library) => {
    it("reads an encrypted channel", async () => {
      const client = await world.connect(library);
      await client.subscribe("private-encrypted-diary", "entry");
      await world.sdk.trigger("private-encrypted-diary", "entry", { secret: "diary" });
      expect(await client.next("private-encrypted-diary", "entry")).toEqual({ secret: "diary" });
    });
  });

  describe.each(libraries.filter(({ has }) => has.has("users")))("a user of $name", { timeout: 30_000 }, (library) => {
    it("gets what is sent to the user, and nobody else does", async () => {
      const [ann, bob] = await world.pair(library, "ann", "bob");
      await ann.signin("notice");
      await bob.signin("notice", "fence");
      await expect
        .poll(() => world.subscribers("#server-to-user-ann") + world.subscribers("#server-to-user-bob"))
        .toBe(2);
      await world.sdk.sendToUser("ann", "notice", { for: "ann" });
      expect(await ann.next("user", "notice")).toEqual({ for: "ann" });
      await world.sdk.sendToUser("bob", "fence", {});
      await bob.next("user", "fence");
      expect(bob.arrived("user", "notice")).toEqual([]);
    });

    it("is cut when its connections are terminated, and does not come back", async () => {
      const ann = await world.connect(library, "ann");
      await ann.signin();
      await world.sdk.terminateUserConnections("ann");
      await ann.next("", "disconnected");
      expect(ann.arrived("", "connecting")).toEqual([]);
    });
  });
}
