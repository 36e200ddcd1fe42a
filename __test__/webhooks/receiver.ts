import type { MockPusher, SentWebhook } from "pushrig";

/** What was sent, one line per event, once nothing is under way any more. */
export async function story(rig: MockPusher): Promise<string[]> {
  return lines(await rig.settledWebhooks());
}

/** One line per event: its name and what it is about. */
export function lines(sent: readonly Pick<SentWebhook, "events">[]): string[] {
  return sent.flatMap(({ events }) =>
    events.map(({ name, channel, ...more }) => [name, channel, ...Object.values(more)].join(" ")),
  );
}

/** A handler whose next answers are set in advance, the last one for all that follow, and that keeps what it got. */
export function receiver(...statuses: number[]) {
  const requests: { headers: Record<string, string>; rawBody: string; request: Request }[] = [];
  const handler = async (request: Request): Promise<Response> => {
    const rawBody = await request.text();
    requests.push({ headers: Object.fromEntries(request.headers), rawBody, request });
    const status = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200;
    return new Response(null, { status });
  };
  return { handler, requests };
}
