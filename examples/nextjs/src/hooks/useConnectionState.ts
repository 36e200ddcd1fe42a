"use client";

import { useSyncExternalStore } from "react";
import { getPusherClient } from "@/lib/pusher";

function watch(onChange: () => void) {
  const { connection } = getPusherClient();
  connection.bind("state_change", onChange);
  return () => {
    connection.unbind("state_change", onChange);
  };
}

/** `connecting`, `connected`, `unavailable`, … */
export function useConnectionState(): string {
  return useSyncExternalStore(
    watch,
    () => getPusherClient().connection.state,
    () => "connecting",
  );
}
