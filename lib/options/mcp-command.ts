/** What `pushrig mcp` takes from its command line: which gateway its tools ask, where an agent names no other. */

import { UsageError } from "./command.js";
import { type ControlOptions, readControl, requirePositionals } from "./control-command.js";

export const MCP_HELP = `Usage: pushrig mcp [options]

Gives agents tools for the gateways that run on this machine, by the Model
Context Protocol on standard input and output: status, events, channels, why,
wait_for, trigger and network. Agents start it; docs/agents.md has the lines for
each of them.

      --url URL         the gateway (default: PUSHRIG_URL, else the gateway of this
                        folder's project, else the only one that runs)
      --token TOKEN     its token, for one on another machine, in a container or behind
                        a proxy (default: PUSHRIG_TOKEN)
      --app ID          which of its apps, by id or key (default: its first)
  -h, --help            show this
`;

/** Reads a command line. `"help"` is asked for instead. Throws a UsageError. */
export function mcpOptions(args: string[]): ControlOptions | "help" {
  const given = readControl("mcp", args, {});
  if (given === "help") return given;
  requirePositionals(given.positionals, 0, 0, "pushrig mcp [options]");
  if (given.json) throw new UsageError("mcp has no option --json: it always speaks JSON");
  return given;
}
