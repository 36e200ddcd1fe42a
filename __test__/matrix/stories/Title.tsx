import PusherClient from "pusher-js";
import { useEffect, useState } from "react";

let client: PusherClient | undefined;
const getClient = () => (client ??= new PusherClient("app-key", { cluster: "eu" }));

export function Title({ task }: { task: string }) {
  const [title, setTitle] = useState("untitled");
  useEffect(() => {
    const update = (data: { title: string }) => setTitle(data.title);
    getClient().subscribe(task).bind("title", update);
    return () => getClient().unsubscribe(task);
  }, [task]);
  return <h1>{title}</h1>;
}
