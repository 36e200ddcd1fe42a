import { createMockPusher, type MockPusher } from "pushrig";
import { afterAll, describe, expect, it } from "vitest";

const rig: MockPusher = createMockPusher();
afterAll(() => rig.close());

const url = "http://localhost/hook";

describe("onWebhook() refuses, and says how it is right,", () => {
  it.each([
    [
      undefined,
      /absolute http or https URL such as "http:\/\/localhost:3000\/api\/webhook", or to a handler .* not to undefined/,
    ],
    ["/api/webhook", /not to "\/api\/webhook"/],
    ["ftp://localhost/", /not to "ftp:/],
    ["http://", /not to "http:\/\/"/],
    [{}, /not to \{\}/],
  ])("the target %s", (target, message) => {
    expect(() => rig.onWebhook(target as never)).toThrowError(message);
  });

  it.each([
    [null, /options of a webhook are an object/],
    [{ event: ["member_added"] }, /no option "event"; did you mean "events"\? The options are events, channelNameS/],
    [{ events: "member_added" }, /the option events is a list such as \["member_added"\], not "member_added"/],
    [{ events: ["member_aded"] }, /no webhook event "member_aded"; did you mean "member_added"\?/],
    [{ events: ["nonsense"] }, /no webhook event "nonsense"; the events are channel_occupied, channel_vacated/],
    [{ channelNameStartsWith: 7 }, /the option channelNameStartsWith is a string, not 7/],
    [{ batch: "yes" }, /the option batch is true or false, not "yes"/],
    [{ headers: { "X-Pusher-Key": "x" } }, /the header X-Pusher-Key of a webhook is Pusher's own to set; leave it out/],
    [{ headers: { "x-pusher-signature": "x" } }, /the header x-pusher-signature/],
    [{ headers: { "Content-Type": "text/plain" } }, /the header Content-Type/],
    [{ headers: "X-Own: x" }, /the option headers is an object such as { "X-Own": "value" }, not "X-Own: x"/],
    [{ headers: null }, /the option headers is an object .* not null/],
    [
      { headers: { "a b": "x" } },
      /^pushrig: the name of a webhook's header has letters, .* as "X-Own" does, not "a b"$/,
    ],
    [{ headers: { "": "x" } }, /^pushrig: the name of a webhook's header .* not ""$/],
    [
      { headers: { a: "c\r\nd" } },
      /^pushrig: the header a of a webhook is text without line breaks, .* not "c\\r\\nd"; encode the rest, .* encodeURI/,
    ],
    [
      { headers: { a: "\u{1f600}" } },
      /^pushrig: the header a of a webhook is text .* beyond U\+00FF, not "\u{1f600}"/u,
    ],
    [{ headers: { a: undefined } }, /^pushrig: the header a of a webhook is text .* not undefined/],
    [{ headers: { a: ["x"] } }, /^pushrig: the header a of a webhook is text .* not \["x"\]/],
  ])("the options %j", (options, message) => {
    expect(() => rig.onWebhook(url, options as never)).toThrowError(message);
  });

  it("and then nothing has been added", async () => {
    rig.state.subscribe("somebody", "room");
    expect(await rig.settledWebhooks()).toEqual([]);
  });
});

describe("createMockPusher() and listen()", () => {
  it("refuse wrong receivers as well", async () => {
    expect(() => createMockPusher({ webhooks: [url, { to: "nowhere" }] })).toThrowError(/not to "nowhere"/);
    await expect(rig.listen({ port: 0, webhooks: [url, "nowhere"] })).rejects.toThrowError(/not to "nowhere"/);
    rig.state.subscribe("somebody", "another-room");
    expect(await rig.settledWebhooks()).toEqual([]);
    const apps = [{ id: "1", key: "k", secret: "s", webhooks: { to: url, batch: 1 } }];
    await expect(rig.listen({ port: 0, apps: apps as never })).rejects.toThrowError(
      /the option batch is true or false, not 1/,
    );
  });

  it("take a URL object, and several receivers", async () => {
    const destinations = [new URL(url), { to: () => {}, events: ["cache_miss"] as const }];
    const world = createMockPusher({ webhooks: [destinations[1]], webhookHold: 0 });
    expect(world.onWebhook(destinations[0] as URL).remove()).toBeUndefined();
    world.state.subscribe("somebody", "cache-room");
    expect((await world.settledWebhooks()).map(({ events }) => events[0].name)).toEqual(["cache_miss"]);
    world.close();
  });
});
