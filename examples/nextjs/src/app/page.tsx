import { Workspace } from "@/components/Workspace";
import { db } from "@/lib/db";

/** Tasks change, so the page is made for each request. */
export const dynamic = "force-dynamic";

export default async function Page() {
  return <Workspace initialTasks={await db.task.findMany()} />;
}
