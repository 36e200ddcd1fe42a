// The floors of lib/, as CONTRIBUTING.md tells them: arrows point down only, those of types too, and nowhere in a circle.

import swc from "@swc/core";

// dependency-cruiser has swc read every file as TypeScript without JSX, and has no option for it.
const { parseFileSync } = swc;
swc.parseFileSync = (file, options) => parseFileSync(file, { ...options, tsx: file.endsWith(".tsx") });

/** From the top floor down; rooms on one floor do not know each other. */
const floors = [
  ["runners", "inspector"],
  ["command", "tab"],
  ["control"],
  ["mock"],
  ["gateway", "server", "client"],
  ["app"],
  ["delivery"],
  ["webhooks", "remote"],
  ["events", "journal"],
  ["options"],
  ["native", "base"],
];

const inRooms = (rooms) => `^lib/(${rooms.join("|")})/`;

/** Of each room: what stands above it or beside it is out of its sight. */
const arrows = floors.flatMap((floor, depth) =>
  floor.map((room) => ({
    name: `${room} knows only what is below it`,
    severity: "error",
    from: { path: inRooms([room]) },
    to: {
      path: [
        "^lib/[^/]+$",
        "^lib/(shims|stubs)/",
        inRooms(
          floors
            .slice(0, depth + 1)
            .flat()
            .filter((other) => other !== room)
            .concat("-"),
        ),
      ],
    },
  })),
);

export default {
  forbidden: [
    { name: "no circles", severity: "error", from: {}, to: { circular: true } },
    ...arrows,
    {
      name: "every file of lib/ is an entry or lives in a room",
      severity: "error",
      from: { path: "^lib/", pathNot: ["^lib/[^/]+$", "^lib/(shims|stubs)/", inRooms(floors.flat())] },
      to: {},
    },
  ],
  options: {
    // The one that reads this TypeScript and sees imports of types.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|binding)" },
  },
};
