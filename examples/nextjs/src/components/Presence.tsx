"use client";

import { useConnectionState } from "@/hooks/useConnectionState";
import { usePresence } from "@/hooks/usePresence";

/** A hue for a name, the same in every tab. */
function hueOf(name: string): number {
  let hue = 0;
  for (const letter of name) hue = (hue * 67 + letter.charCodeAt(0)) % 360;
  return hue;
}

/** Who is here, and whether this tab hears of the others. */
export function Presence({ workspaceSlug }: { workspaceSlug: string }) {
  const members = usePresence(workspaceSlug);
  const connection = useConnectionState();
  return (
    <div className="presence">
      <ul aria-label="Who is here">
        {members.map(({ id, name }) => (
          <li key={id} title={name} style={{ "--hue": hueOf(name) } as React.CSSProperties}>
            <span aria-hidden="true">{name[0]}</span>
            <span className="name">{name}</span>
          </li>
        ))}
      </ul>
      <p className="connection" data-state={connection} role="status">
        {connection}
      </p>
    </div>
  );
}
