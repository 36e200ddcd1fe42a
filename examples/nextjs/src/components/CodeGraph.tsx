import { CODE_NODES } from "@/lib/task";

const EDGES: Array<[string, string]> = [
  ["ui", "api"],
  ["ui", "search"],
  ["api", "auth"],
  ["api", "billing"],
  ["search", "store"],
  ["auth", "store"],
  ["billing", "store"],
];

const PLACES: Record<string, [x: number, y: number]> = {
  ui: [55, 85],
  api: [190, 45],
  search: [190, 138],
  auth: [335, 22],
  billing: [335, 80],
  store: [470, 85],
};

/** The parts of the code; those that the agent touches light up in every tab. */
export function CodeGraph({ highlighted }: { highlighted: string[] }) {
  const isHighlighted = (...nodes: string[]) => nodes.every((node) => highlighted.includes(node));
  const description = highlighted.length > 0 ? `Touched: ${highlighted.join(", ")}` : "Nothing touched";
  return (
    <section className="graph" aria-label="Code">
      <h2>Code</h2>
      <svg viewBox="0 0 525 160" role="img" aria-label={description}>
        {EDGES.map(([from, to]) => {
          const [x1, y1] = PLACES[from];
          const [x2, y2] = PLACES[to];
          return <line key={from + to} x1={x1} y1={y1} x2={x2} y2={y2} data-highlighted={isHighlighted(from, to)} />;
        })}
        {CODE_NODES.map((node) => {
          const [x, y] = PLACES[node];
          return (
            <g key={node} data-node={node} data-highlighted={isHighlighted(node)} transform={`translate(${x} ${y})`}>
              <rect x="-42" y="-17" width="84" height="34" rx="17" />
              <text textAnchor="middle" dominantBaseline="central">
                {node}
              </text>
            </g>
          );
        })}
      </svg>
    </section>
  );
}
