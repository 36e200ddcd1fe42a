/** What a tool of the agents is. */

import type { Exchange } from "../../remote/exchange.js";
import type { Answer } from "./answer.js";

export type Arguments = Record<string, unknown>;

type Schema = { readonly [keyword: string]: unknown };

/** A tool as agents are told of it, and how it answers. */
export interface Tool {
  readonly name: string;
  /** What it is for, and when it is the right one. */
  readonly description: string;
  /** By name: its arguments besides `gateway` and `app`. */
  readonly takes: Readonly<Record<string, Schema>>;
  readonly needs?: readonly string[];
  /** Whether it changes nothing. */
  readonly isReading: boolean;
  answer(gateway: Exchange, args: Arguments, signal: AbortSignal): Promise<Answer>;
}

export const textArgument = (description: string): Schema => ({ type: "string", description });
export const wholeArgument = (description: string, minimum = 0): Schema => ({ type: "integer", minimum, description });
export const anyArgument = (description: string): Schema => ({ description });
export const textsArgument = (description: string): Schema => ({
  type: "array",
  items: { type: "string" },
  description,
});
export const choiceArgument = (words: readonly string[], description: string): Schema => ({
  type: "string",
  enum: words,
  description,
});

const EVERYWHERE = {
  gateway: textArgument(
    "Address of a gateway, where several run: http://127.0.0.1:6001. The tool says so when it needs it",
  ),
  app: textArgument("Id or key of an app, where the gateway serves several. Default: its first"),
};

/** The arguments that a tool has, by name. */
export function argumentsOf({ takes }: Tool): Record<string, Schema> {
  return { ...takes, ...EVERYWHERE };
}

/** As the protocol lists it. */
export function described(tool: Tool): object {
  return {
    name: tool.name,
    description: tool.description,
    inputSchema: {
      type: "object",
      properties: argumentsOf(tool),
      required: [...(tool.needs ?? [])],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: tool.isReading, destructiveHint: false, openWorldHint: false },
  };
}
