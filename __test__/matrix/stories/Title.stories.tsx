// Stories of a component that is written for pusher-js: what they play is a test.
import Pusher from "pusher";
import { channel, pusherMockState } from "pushrig";
import { expect, within } from "storybook/test";
import { Title } from "./Title";

const server = new Pusher({ appId: "1", key: "app-key", secret: "secret", cluster: "eu" });

interface Played {
  canvasElement: HTMLElement;
}

export default { component: Title, args: { task: "task-1" } };

export const Untitled = {
  async play({ canvasElement }: Played) {
    await channel("task-1").subscribed();
    await expect(within(canvasElement).getByRole("heading")).toHaveTextContent("untitled");
  },
};

export const Titled = {
  async play({ canvasElement }: Played) {
    await channel("task-1").subscribed();
    await server.trigger("task-1", "title", { title: "Ship it" });
    await within(canvasElement).findByText("Ship it");
  },
};

/** Each begins empty, although the component's module keeps its client. */
export const UntitledAgain = {
  async play({ canvasElement }: Played) {
    await channel("task-1").subscribed({ count: 1 });
    await expect(within(canvasElement).getByRole("heading")).toHaveTextContent("untitled");
    await expect(await pusherMockState.triggers()).toHaveLength(0);
  },
};
