import type { GatewayLink } from "../source.js";

/** What is broken on purpose, so that nobody looks for it elsewhere. */
export function FaultsBar({ gateway }: { gateway: GatewayLink }) {
  const faults = gateway.state.value?.faults ?? [];
  if (faults.length === 0) return null;
  const end = (done: Promise<unknown>): void => void done.catch(() => undefined).finally(() => gateway.look());
  return (
    <section class="faults" aria-label="Faults that are on">
      <strong>{faults.length === 1 ? "A fault is on" : `${faults.length} faults are on`}</strong>
      <ul>
        {faults.map(({ id, do: verb, options, strikes, waiting }) => (
          <li key={id}>
            <code>
              {verb}({Object.keys(options).length > 0 && JSON.stringify(options)})
            </code>
            <span class="muted">
              {strikes === 0 ? "has not struck" : strikes === 1 ? "struck once" : `struck ${strikes} times`}
              {waiting > 0 && `, ${waiting} waiting`}
            </span>
            <button
              type="button"
              aria-label={`Restore ${verb}`}
              onClick={() => end(gateway.change({ do: "restore", id }))}
            >
              Restore
            </button>
          </li>
        ))}
      </ul>
      {faults.length > 1 && (
        <button type="button" onClick={() => end(gateway.change({ do: "restore" }))}>
          Restore all
        </button>
      )}
    </section>
  );
}
