/** `pushrig mcp`: tools for agents, which start it and talk to it by standard input and output. */

import { MCP_HELP, mcpOptions } from "../options/mcp-command.js";

/** Serves until standard input ends. */
export async function mcpCommand(args: string[]): Promise<number> {
  const options = mcpOptions(args);
  if (options === "help") {
    process.stdout.write(MCP_HELP);
    return 0;
  }
  // Standard output is the protocol's alone.
  for (const method of ["log", "info", "debug"] as const) console[method] = console.error;
  if (process.stdin.isTTY) {
    console.error(
      "pushrig mcp talks to an agent, not to people: docs/agents.md says how agents start it. Ctrl-C ends it.",
    );
  }
  const { serveAgents } = await import("./mcp.mjs");
  await serveAgents(options);
  // What is still waited for, nobody wants to know any more.
  process.exit(0);
}
