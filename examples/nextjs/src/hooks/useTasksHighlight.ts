"use client";

import { useState } from "react";
import { usePusherConnection } from "@/hooks/usePusherConnection";
import { getWorkspaceChannelName, PUSHER_EVENTS } from "@/lib/pusher";
import type { Highlight } from "@/lib/task";

const NOTHING: Highlight = { taskId: "", nodeIds: [] };

/** The task that is being worked on, and the nodes of the code that it touches; for as long as nothing else is highlighted. */
export function useTasksHighlight(workspaceSlug: string) {
  const [highlight, setHighlight] = useState(NOTHING);

  usePusherConnection<Highlight>({
    channelName: getWorkspaceChannelName(workspaceSlug),
    eventName: PUSHER_EVENTS.HIGHLIGHT_NODES,
    onEvent: setHighlight,
  });

  return highlight;
}
