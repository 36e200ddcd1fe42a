// Added to the application: the gateway, as a route file sees it.
import { listen, pusherMockState } from "pushrig";

export const dynamic = "force-dynamic";

/** What the mock knows, from another route than the one that publishes. */
export function GET() {
  return Response.json(pusherMockState.getState());
}

/** Restarts the gateway that `instrumentation.ts` has opened; a second one on its port would be refused. */
export async function POST() {
  const gateway = await listen({ port: Number(process.env.PUSHRIG_PORT) });
  await gateway.restart();
  return new Response(null, { status: 204 });
}
