"use client";

import type { Channel, PresenceChannel } from "pusher-js";
import { useState } from "react";
import { usePusherConnection } from "@/hooks/usePusherConnection";
import { getPresenceChannelName } from "@/lib/pusher";
import type { User } from "@/lib/user";

interface Member {
  id: string;
  info: { name: string };
}

/** Who has the workspace open, this tab's user included. */
export function usePresence(workspaceSlug: string): User[] {
  const [members, setMembers] = useState<User[]>([]);
  const channelName = getPresenceChannelName(workspaceSlug);

  usePusherConnection<Member>({
    channelName,
    eventName: "pusher:member_added",
    onEvent: ({ id, info }) => setMembers((members) => [...members, { id, name: info.name }]),
    onSubscribed: (channel: Channel) => {
      const present: User[] = [];
      (channel as PresenceChannel).members.each(({ id, info }: Member) => present.push({ id, name: info.name }));
      setMembers(present);
    },
  });

  usePusherConnection<Member>({
    channelName,
    eventName: "pusher:member_removed",
    onEvent: (left) => setMembers((members) => members.filter(({ id }) => id !== left.id)),
  });

  return members;
}
