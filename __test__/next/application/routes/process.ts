// Added to the application: the process that answers its requests.
export const dynamic = "force-dynamic";

export function GET() {
  return Response.json({ pid: process.pid });
}

/** It ends by itself. */
export function DELETE() {
  process.exit(3);
}
