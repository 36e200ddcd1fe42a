/** The seven tools, and how a call of one is answered. */

import type { Exchange } from "../../remote/exchange.js";
import { RemoteError, type RemoteErrorCode } from "../../remote/remote-error.js";
import { type Answer, rendered } from "./answer.js";
import { networkTool, triggerTool, waitForTool } from "./doing.js";
import { checkArguments, gatewayOf, type GatewayDefaults } from "./gateway.js";
import { channelsTool, eventsTool, statusTool, whyTool, word } from "./looking.js";
import { type Arguments, argumentsOf, type Tool } from "./tool.js";

export const TOOLS: readonly Tool[] = [
  statusTool,
  eventsTool,
  channelsTool,
  whyTool,
  waitForTool,
  triggerTool,
  networkTool,
];

/** What a tool is told that is called in vain: whose words these are. */
export interface ToolResult {
  text: string;
  isError: boolean;
}

/** Why nobody was asked: words of this process, with nothing in them that somebody has sent. */
const OWN_WORDS: ReadonlySet<RemoteErrorCode> = new Set(["no-gateway", "which-gateway", "no-answer"]);

/** Never rejects: what goes wrong is an answer too. */
export async function called(
  tool: Tool,
  given: GatewayDefaults,
  args: Arguments,
  signal: AbortSignal,
): Promise<ToolResult> {
  let gateway: Exchange | undefined;
  let answer: Answer;
  try {
    checkArguments(args, Object.keys(argumentsOf(tool)), tool.name);
    const { gateway: named, app, ...own } = args;
    // Without arguments one that changes something only shows what there is.
    const changing = tool.isReading || Object.keys(own).length === 0 ? undefined : tool.name;
    gateway = await gatewayOf({ gateway: named, app }, given, changing);
    answer = await tool.answer(gateway, own, signal);
  } catch (error) {
    answer = failure(error);
  }
  return { text: rendered(answer), isError: answer.isError === true };
}

/** A sentence is quoted where it may repeat what somebody has sent. */
function failure(error: unknown): Answer {
  const { message = String(error), code } = Object(error) as { message?: string; code?: unknown };
  const sentence = message.replace(/^pushrig: /, "");
  if (error instanceof RemoteError && OWN_WORDS.has(error.code)) return { words: sentence, isError: true };
  return {
    words: WORDS[code as string] ?? `That was not done (${word(code ?? "bad-request")}):`,
    quoted: { error: sentence },
    isError: true,
  };
}

const WORDS: Partial<Record<string, string>> = {
  "not-met": "It has not happened in time:",
  "cannot-come-true": "It will not happen any more:",
};
