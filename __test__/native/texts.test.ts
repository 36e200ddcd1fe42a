import { createMockPusher } from "pushrig";
import { expect, it } from "vitest";

/** Texts that are read into room of 64 and of 1,024 bytes, where they fit. */
const FILLS = ["x", "é", "€", "😀", "\u{d800}"];

it("reads names and data of every length around what there is room for", () => {
  const world = createMockPusher();
  const heard: Array<[event: string, data: unknown]> = [];
  world
    .client()
    .subscribe("room")
    .bind_global((event: string, data: unknown) => event.startsWith("pusher:") || heard.push([event, data]));
  const triggered: typeof heard = [];
  for (const fill of FILLS) {
    const size = Buffer.byteLength(fill);
    for (let bytes = 56; bytes <= 70; bytes += 1) {
      const name = fill.repeat(bytes / size) + "y".repeat(bytes % size);
      const data = fill.repeat((960 + bytes) / size) + "y".repeat((960 + bytes) % size);
      world.state.trigger("room", name, data);
      triggered.push([name, data]);
    }
  }
  expect(heard).toEqual(triggered);
  const kept = world.state.getChannelMessages("room").map(({ event, data }) => [event, data]);
  expect(kept).toEqual(triggered.map((one) => one.map((text) => Buffer.from(text as string).toString())));
  world.close();
});
