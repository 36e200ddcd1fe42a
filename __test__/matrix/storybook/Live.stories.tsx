// A story that is live while it is developed: its client goes to the gateway beside `storybook dev`.
import { MockPusherClient } from "pushrig";
import { useEffect, useState } from "react";

function Live() {
  const [title, setTitle] = useState("nothing yet");
  useEffect(() => {
    const url = import.meta.env.STORYBOOK_GATEWAY;
    const client = new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", url, user: { id: "ann" } });
    client
      .subscribe("private-task-1")
      .bind("pusher:subscription_succeeded", () => setTitle("joined"))
      .bind("title", (data: { title: string }) => setTitle(data.title));
    return () => client.disconnect();
  }, []);
  return <h1>Title: {title}</h1>;
}

export default { title: "Live", component: Live };

export const Task = {};
