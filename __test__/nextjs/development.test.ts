import type { ChannelState } from "pushrig";
import { describe, expect, it } from "vitest";
import { Application, type Bundler, edit, freePort } from "./application";
import { onStage, tellStories } from "./stories";

describe.each<Bundler>(["turbopack", "webpack"])("next dev --%s", (bundler) => {
  const stage = onStage(async () => Application.dev(bundler, await freePort()));

  tellStories(stage);

  it("delivers once after a route, and what it shares with the browser, was reloaded", async () => {
    const { application, ada, grace } = stage;
    const undo = [
      edit("src/app/api/chat/message/route.ts", (source) => source.replace("status: 201", "status: 202")),
      edit("src/lib/pusher.ts", (source) => source.replace("`task-${", "`reloaded-${")),
    ];
    try {
      const body = JSON.stringify({ taskId: "2", author: "Radia", text: "Is it reloaded?" });
      const post = async () => (await application.fetch("/api/chat/message", { method: "POST", body })).status;
      await expect.poll(post).toBe(202);
      const subscribers = async () => {
        const { channels } = await (await application.fetch("/api/gateway")).json();
        return Object.fromEntries(channels.map(({ name, subscriberCount }: ChannelState) => [name, subscriberCount]));
      };
      await expect.poll(subscribers).toEqual({ "presence-workspace-acme": 2, "reloaded-1": 2, "workspace-acme": 2 });
      await ada.isLive();
      await grace.isLive();
      grace.events.length = 0;

      await ada.writes("Said once");

      expect(await grace.reads("Said once")).toBe(1);
      expect(grace.events).toEqual(["new-message"]);
    } finally {
      for (const restore of undo) restore();
    }
  });

  it("opens the gateway once", () => {
    const { output } = stage.application;
    expect(output.match(/pushrig: the gateway for browsers listens/g)).toHaveLength(1);
  });
});
