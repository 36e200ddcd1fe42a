import { useSignal } from "@preact/signals";
import { decoded } from "../copies.js";
import type { Session } from "../session.js";
import { Tree } from "./parts.js";
import { timeOf } from "./rows.js";

export function Webhooks({ session }: { session: Session }) {
  const said = useSignal("");
  const again = async (id: number): Promise<void> => {
    try {
      const { status, error } = await session.remote.sendAgain(id);
      said.value = `Sent again: ${status ?? error ?? "no answer"}.`;
    } catch (error) {
      said.value = (error as Error).message;
    }
    session.look();
  };
  const sent = [...session.webhooks.value].reverse();
  return (
    <section class="sheet" aria-label="Webhooks">
      <h2>Webhooks</h2>
      <p class="said" role="status">
        {said.value}
      </p>
      {sent.length === 0 && <p class="empty">No webhook was sent.</p>}
      <ul class="webhooks">
        {sent.map(({ id, to, timeMs, events, state, status, error, attempts, headers, body }) => (
          <li key={id} data-failed={state === "failed" || state === "retrying"}>
            <details>
              <summary>
                <time>{timeOf(timeMs)}</time> <strong>{events.map(({ name }) => name).join(", ")}</strong> {to}
                <span class="answer">
                  {state}
                  {status !== undefined && ` ${status}`}
                  {error !== undefined && `: ${error}`}
                  {attempts > 1 && `, ${attempts} attempts`}
                </span>
              </summary>
              <dl>
                {Object.entries(headers).map(([name, value]) => (
                  <>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                  </>
                ))}
              </dl>
              <Tree name="body" value={decoded(body)} />
            </details>
            <button type="button" onClick={() => void again(id)}>
              Send again
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
