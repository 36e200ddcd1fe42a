import { createMockPusher, type MockPusher, type SettingsInput } from "pushrig";
import PusherJs from "pusher-js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";

/** No client keeps a list of members before it looks. None of them may be able to tell. */

const ROOM = "presence-room";

let worlds: MockPusher[] = [];

afterEach(() => {
  for (const world of worlds) world.close();
  worlds = [];
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function world(settings: SettingsInput = {}): MockPusher {
  const rig = createMockPusher({ limits: { presenceMembers: 100_000 }, ...settings });
  worlds.push(rig);
  return rig;
}

const connect = (rig: MockPusher, id: string | number, info?: unknown) => rig.client({ user: { id, info } });

function enter(rig: MockPusher, id: string | number, info?: unknown): any {
  return connect(rig, id, info).subscribe(ROOM);
}

async function inside(rig: MockPusher, id: string | number, info?: unknown): Promise<any> {
  const channel = enter(rig, id, info);
  await next(channel, "pusher:subscription_succeeded");
  return channel;
}

/** Lets everybody hear what has happened, in `immediate`. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Until so many are subscribed, as the broker sees it. */
async function joined(rig: MockPusher, count: number): Promise<void> {
  while (rig.state.getSubscriberCount(ROOM) < count) await vi.advanceTimersByTimeAsync(1);
}

/** All that an application can see of a channel's members. */
const seen = ({ members }: any) => ({
  count: members.count,
  myID: members.myID,
  me: structuredClone(members.me),
  members: Object.entries(structuredClone(members.members)),
});

/** A number below `n`, the same ones in every run. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % n;
  };
}

describe("a client that looks late sees what one that has kept count sees", () => {
  const EVENTS = 20;

  it.each<[mode: string, SettingsInput]>([
    ["immediate", {}],
    ["polling", { delivery: "polling", pollInterval: 20 }],
    ["network, all as fast", { delivery: "network", latency: 20 }],
    ["network, each at its own speed", { delivery: "network", latency: { min: 1, max: 60, seed: 7 } }],
  ])("%s", { timeout: 30_000 }, async (_, settings) => {
    for (const seed of [1, 2]) {
      vi.useFakeTimers();
      const rig = world(settings);
      const roll = dice(seed);
      // `looks` at one event for the first time, and at all that follow.
      const observer = (looks: number) => {
        const client = connect(rig, `observer-${looks}`, { looks });
        const channel: any = client.subscribe(ROOM);
        const sights: Array<[event: number, sight: unknown]> = [];
        const look = (event: number) => event >= looks && sights.push([event, { ...seen(channel), myID: "", me: "" }]);
        channel.bind("e", look);
        client.subscribe("elsewhere").bind("e", look);
        return { channel, looks, sights };
      };
      const counting = observer(0);
      counting.channel.bind("pusher:member_added", () => {}).bind("pusher:member_removed", () => {});
      const late = Array.from({ length: EVENTS }, (_unused, i) => observer(i));
      await vi.advanceTimersByTimeAsync(1000);

      const guests: ReturnType<typeof connect>[] = [];
      for (let event = 0; event < EVENTS;) {
        const what = roll(10);
        if (what < 4) {
          const id = roll(2) === 0 ? `guest-${roll(8)}` : roll(8);
          const guest = connect(rig, id, roll(3) === 0 ? undefined : { n: event });
          guests.push(guest);
          guest.subscribe(ROOM);
        } else if (what < 6 && guests.length > 0) {
          const [guest] = guests.splice(roll(guests.length), 1);
          if (roll(2) === 0) guest.disconnect();
          else guest.unsubscribe(ROOM);
        } else if (what < 8) {
          rig.state.trigger(roll(2) === 0 ? ROOM : "elsewhere", "e", event);
          event += 1;
        } else {
          await vi.advanceTimersByTimeAsync(roll(40));
        }
      }
      await vi.advanceTimersByTimeAsync(1000);

      expect(counting.sights.length).toBe(EVENTS);
      for (const { looks, sights } of late) expect(sights).toEqual(counting.sights.slice(looks));
      const end = seen(counting.channel).members;
      for (const { channel } of late) expect(seen(channel).members).toEqual(end);
      vi.useRealTimers();
    }
  });
});

describe("before it looks, a client", () => {
  it("is not told early: members that have joined arrive after the latency", async () => {
    vi.useFakeTimers();
    const rig = world({ delivery: "network", latency: 50 });
    const [ann, bob] = [enter(rig, "ann"), enter(rig, "bob")];
    const cat = connect(rig, "cat");
    await vi.advanceTimersByTimeAsync(500);
    cat.subscribe(ROOM);
    await joined(rig, 3);
    await vi.advanceTimersByTimeAsync(48);
    expect(ann.members.count).toBe(2);
    expect(Object.keys(ann.members.members)).toEqual(["ann", "bob"]);
    await vi.advanceTimersByTimeAsync(2);
    expect(ann.members.count).toBe(3);
    expect(Object.keys(bob.members.members)).toEqual(["ann", "bob", "cat"]);
  });

  it("is told in a later microtask with immediate delivery", async () => {
    const rig = world();
    const ann = await inside(rig, "ann");
    enter(rig, "bob");
    expect([rig.state.getSubscriberCount(ROOM), ann.members.count]).toEqual([2, 1]);
    await Promise.resolve();
    expect(ann.members.count).toBe(2);
  });

  it("has members of the same shape as one that has looked", async () => {
    const rig = world();
    const ann = await inside(rig, "ann", { name: "Ann" });
    const before = Object.keys(ann.members);
    expect(ann.members.get("ann")).toEqual({ id: "ann", info: { name: "Ann" } });
    expect(Object.keys(ann.members)).toEqual(before);
    expect(Object.getOwnPropertyDescriptor(ann.members, "members")).toMatchObject({ writable: true, enumerable: true });
  });

  it("is not kept from pinging by them, as one that counts is (a deviation)", async () => {
    vi.useFakeTimers();
    const rig = world({ delivery: "network", latency: 0 });
    const [late, counting, guest] = ["late", "counting", "guest"].map((id) =>
      rig.client({ user: { id }, activityTimeout: 10_000 }),
    );
    counting.subscribe(ROOM).bind("pusher:member_added", () => {});
    late.subscribe(ROOM);
    await vi.advanceTimersByTimeAsync(100);
    const pings = [late, counting].map(({ connection }) => vi.spyOn(connection.connection!, "ping"));
    await vi.advanceTimersByTimeAsync(6_000);
    guest.subscribe(ROOM);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(pings.map((ping) => ping.mock.calls.length)).toEqual([1, 0]);
  });

  it("can write to them", async () => {
    const rig = world();
    const [ann, bob] = [await inside(rig, "ann"), await inside(rig, "bob")];
    ann.members.count = 7;
    expect([ann.members.count, Object.keys(ann.members.members)]).toEqual([7, ["ann", "bob"]]);
    bob.members.addMember({ user_id: "guest", user_info: 1 });
    expect([bob.members.count, bob.members.get("guest")]).toEqual([3, { id: "guest", info: 1 }]);
  });
});

describe("members", () => {
  it("are each client's own: what one changes, no other sees", async () => {
    const rig = world();
    const [ann, bob, cat] = [
      await inside(rig, "ann", { tags: ["a"] }),
      await inside(rig, "bob"),
      await inside(rig, "cat"),
    ];
    ann.members.get("ann").info.tags.push("changed");
    bob.members.get("ann").info.tags.push("too");
    expect(cat.members.get("ann").info.tags).toEqual(["a"]);
    expect(ann.members.get("ann").info.tags).toEqual(["a", "changed"]);
  });

  it("describe oneself with one object, `me`", async () => {
    const rig = world();
    const ann = await inside(rig, 7, { name: "Ann" });
    expect(ann.members.me).toEqual({ id: 7, info: { name: "Ann" } });
    ann.members.me.info.name = "changed";
    expect(ann.members.members[7].name).toBe("changed");
  });

  it("who say nothing about themselves are null to who comes later, undefined to who was there", async () => {
    const rig = world();
    const ann = await inside(rig, "ann");
    const counting = await inside(rig, "counting");
    counting.bind("pusher:member_added", () => {});
    const bob = await inside(rig, "bob");
    await settle();
    expect([ann.members.get("bob").info, counting.members.get("bob").info]).toEqual([undefined, undefined]);
    expect(bob.members.get("bob").info).toBeNull();
  });

  it("stay as they were after unsubscribe, and go with the connection", async () => {
    const rig = world();
    const [ann, bob] = [await inside(rig, "ann"), await inside(rig, "bob")];
    ann.pusher.unsubscribe(ROOM);
    enter(rig, "cat");
    await settle();
    expect(Object.keys(ann.members.members)).toEqual(["ann", "bob"]);
    bob.pusher.disconnect();
    expect(seen(bob)).toEqual({ count: 0, myID: null, me: null, members: [] });
  });

  it("are the new ones after a reconnection", async () => {
    const rig = world();
    const [ann, bob] = [await inside(rig, "ann"), await inside(rig, "bob")];
    ann.pusher.disconnect();
    bob.pusher.disconnect();
    await inside(rig, "cat");
    ann.pusher.connect();
    await settle();
    expect(Object.keys(ann.members.members)).toEqual(["cat", "ann"]);
  });

  it("who joined from outside of the copy are known to everybody", async () => {
    const rig = world();
    rig.state.subscribe("mock-guest", ROOM);
    const [ann, bob] = [await inside(rig, "ann"), await inside(rig, "bob")];
    rig.state.unsubscribe("mock-guest", ROOM);
    await settle();
    for (const { members } of [ann, bob]) expect(Object.keys(members.members)).toEqual(["ann", "bob"]);
  });
});

describe("members on a socket", () => {
  it("and in the process see each other, who was there before and who comes after", async () => {
    const rig = world();
    const gateway = await rig.listen({ port: 0 });
    const [ann, bob] = [await inside(rig, "ann", { n: 1 }), await inside(rig, "bob", { n: 2 })];
    const socket = new PusherJs(rig.app.key, {
      cluster: "mt1",
      wsHost: "127.0.0.1",
      wsPort: gateway.port,
      forceTLS: false,
      enabledTransports: ["ws"],
      channelAuthorization: {
        transport: "ajax",
        endpoint: "",
        customHandler: ({ socketId, channelName }, callback) =>
          callback(null, rig.server.authorizeChannel(socketId, channelName, { user_id: "sue", user_info: { n: 3 } })),
      },
    });
    const sue: any = socket.subscribe(ROOM);
    await next(sue, "pusher:subscription_succeeded");
    expect(sue.members.members).toEqual({ ann: { n: 1 }, bob: { n: 2 }, sue: { n: 3 } });
    await vi.waitUntil(() => ann.members.count === 3);
    expect(ann.members.members).toEqual(sue.members.members);
    const added = next(sue, "pusher:member_added");
    const cat = await inside(rig, "cat");
    expect(await added).toEqual({ id: "cat", info: undefined });
    expect(Object.keys(cat.members.members)).toEqual(["ann", "bob", "sue", "cat"]);
    socket.disconnect();
    await vi.waitUntil(() => bob.members.count === 3);
    expect(Object.keys(bob.members.members)).toEqual(["ann", "bob", "cat"]);
    await gateway.close();
  });
});

describe("a callback for members", () => {
  it("bound while a member is on its way is called for it", async () => {
    for (const settings of [{}, { delivery: "network", latency: 50 }] as SettingsInput[]) {
      vi.useFakeTimers();
      const rig = world(settings);
      const ann = enter(rig, "ann");
      const bob = connect(rig, "bob");
      await vi.advanceTimersByTimeAsync(500);
      bob.subscribe(ROOM);
      if (settings.delivery === "network") {
        await joined(rig, 2);
        await vi.advanceTimersByTimeAsync(48);
      }
      expect(rig.state.getSubscriberCount(ROOM)).toBe(2);
      const added = vi.fn();
      ann.bind("pusher:member_added", added);
      expect(added.mock.calls).toEqual([]);
      // The latency counts from the joining, not from the binding.
      await vi.advanceTimersByTimeAsync(2);
      expect(added.mock.calls).toEqual([[{ id: "bob", info: undefined }]]);
      expect(ann.members.count).toBe(2);
      vi.useRealTimers();
    }
  });

  it("bound before the subscription is called for everybody who comes after oneself, in order", async () => {
    const rig = world();
    const order: string[] = [];
    const ann = enter(rig, "ann");
    ann.bind("pusher:subscription_succeeded", ({ count }: any) => order.push(`succeeded ${count}`));
    ann.bind("pusher:member_added", ({ id }: any) => order.push(`${id} came`));
    ann.bind("pusher:member_removed", ({ id }: any) => order.push(`${id} went`));
    const bob = enter(rig, "bob");
    bob.pusher.disconnect();
    await settle();
    expect(order).toEqual(["succeeded 1", "bob came", "bob went"]);
  });

  it("gets the very object that members has", async () => {
    const rig = world();
    const ann = await inside(rig, "ann");
    const members: any[] = [];
    ann.bind("pusher:member_added", (member: any) => members.push(member));
    enter(rig, "bob", { name: "Bob" });
    await settle();
    expect(members[0].info).toBe(ann.members.members.bob);
  });
});

describe("whoever watches the frames", () => {
  it("on the connection gets the list and every change", async () => {
    const rig = world();
    const client = connect(rig, "ann");
    const messages: any[] = [];
    client.connection.bind("message", (message: any) => messages.push(structuredClone(message)));
    client.subscribe(ROOM);
    await settle();
    enter(rig, "bob", { n: 1 });
    await settle();
    expect(messages).toStrictEqual([
      {
        event: "pusher_internal:subscription_succeeded",
        channel: ROOM,
        data: { presence: { count: 1, ids: ["ann"], hash: { ann: null } } },
      },
      { event: "pusher_internal:member_added", channel: ROOM, data: { user_id: "bob", user_info: { n: 1 } } },
    ]);
  });

  it("from now on gets every change from now on", async () => {
    const rig = world();
    const ann = await inside(rig, "ann");
    const messages: any[] = [];
    ann.pusher.connection.bind("message", ({ event }: any) => messages.push(event));
    enter(rig, "bob");
    await settle();
    expect(messages).toEqual(["pusher_internal:member_added"]);
  });

  it("with a handleEvent of their own gets the list and every change", async () => {
    const rig = world();
    const ann = enter(rig, "ann");
    const handled = vi.spyOn(ann, "handleEvent");
    await settle();
    enter(rig, "bob");
    await settle();
    expect(handled.mock.calls.map(([event]: any) => event.event)).toEqual([
      "pusher_internal:subscription_succeeded",
      "pusher_internal:member_added",
    ]);
    expect(ann.members.count).toBe(2);
  });
});
