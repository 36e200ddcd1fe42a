import { useEffect, useState } from "react";
import { getPusherClient, roomChannel } from "../lib/pusher";

/** Milliseconds that somebody is shown as typing. */
const TYPING = 3_000;

/** Who is in a room, by name, and who is typing there. */
export function useRoom(room: string): { members: string[]; typing: string | undefined; type: (name: string) => void } {
  const [members, setMembers] = useState<string[]>([]);
  const [typing, setTyping] = useState<string>();

  useEffect(() => {
    const client = getPusherClient();
    const channel = client.subscribe(roomChannel(room));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const update = () => {
      const names: string[] = [];
      channel.members.each(({ info }) => names.push(info.name));
      setMembers(names.sort());
    };
    channel.bind("pusher:subscription_succeeded", update);
    channel.bind("pusher:member_added", update);
    channel.bind("pusher:member_removed", update);
    channel.bind("client-typing", ({ name }) => {
      setTyping(name);
      clearTimeout(timer);
      timer = setTimeout(() => setTyping(undefined), TYPING);
    });
    return () => {
      clearTimeout(timer);
      channel.unbind();
      client.unsubscribe(roomChannel(room));
    };
  }, [room]);

  const type = (name: string) => void getPusherClient().channel(roomChannel(room)).trigger("client-typing", { name });
  return { members, typing, type };
}
