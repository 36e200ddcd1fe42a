import { useSignal } from "@preact/signals";
import type { WebhookNow } from "../../remote/shapes.js";
import { decoded } from "../copies.js";
import type { GatewayLink } from "../source.js";
import { Tree } from "./parts.js";
import { openEntry } from "./place.js";
import { timeOf } from "./rows.js";

/** Webhooks that are shown at once. */
const SHOWN = 100;

export function WebhooksTab({ gateway }: { gateway: GatewayLink }) {
  const said = useSignal("");
  const most = useSignal(SHOWN);
  const again = async (id: number): Promise<void> => {
    try {
      const { status, error } = await gateway.sendAgain(id);
      said.value = `Sent again: ${status ?? error ?? "no answer"}.`;
    } catch (error) {
      said.value = (error as Error).message.replace(/^pushrig: /, "");
    }
    gateway.look();
  };
  const sent = [...gateway.webhooks.value].reverse();
  return (
    <section class="sheet" aria-label="Webhooks">
      <h2>Webhooks</h2>
      <p class="said" role="status">
        {said.value}
      </p>
      {sent.length === 0 && <p class="empty">No webhook was sent. Where they go is the option webhooks of the app.</p>}
      <ul class="webhooks">
        {sent.slice(0, most.value).map((webhook) => (
          <Webhook key={webhook.id} webhook={webhook} onAgain={() => void again(webhook.id)} />
        ))}
      </ul>
      {sent.length > most.value && (
        <button type="button" onClick={() => (most.value += SHOWN)}>
          {sent.length - most.value} older
        </button>
      )}
    </section>
  );
}

function Webhook({ webhook, onAgain }: { webhook: WebhookNow; onAgain(): void }) {
  const { to, timeMs, events, seq, state, status, error, attempts, headers, body } = webhook;
  return (
    <li data-state={state}>
      <details>
        <summary>
          <time>{timeOf(timeMs)}</time>
          <span class="what">
            {events.map((event) => (
              <span>
                <strong>{event.name}</strong>{" "}
                <span class="muted">
                  {event.channel} {"user_id" in event && event.user_id}
                </span>
              </span>
            ))}
          </span>
          <span class="pill" data-state={state}>
            {state}
            {status !== undefined && ` ${status}`}
            {attempts > 1 && `, ${attempts} attempts`}
          </span>
        </summary>
        <dl>
          <dt>To</dt>
          <dd>{to}</dd>
          {error !== undefined && (
            <>
              <dt>Error</dt>
              <dd>{error}</dd>
            </>
          )}
          <dt>Entry</dt>
          <dd>
            <a
              href={`#${seq}`}
              onClick={(event) => {
                event.preventDefault();
                openEntry(seq);
              }}
            >
              #{seq}
            </a>
          </dd>
          {Object.entries(headers).flatMap(([name, value]) => [<dt key={name}>{name}</dt>, <dd>{value}</dd>])}
        </dl>
        <Tree name="body" value={decoded(body)} depth={-1} />
      </details>
      <button type="button" onClick={onAgain}>
        Send again
      </button>
    </li>
  );
}
