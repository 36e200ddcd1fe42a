/** What neither `wsPath` nor `--ws-path` may be. */
export const BAD_PATHS = [
  "/",
  "/ws/",
  "/ws?x",
  "/ws#x",
  "/a b",
  "/a\\b",
  "/.",
  "/ws/../x",
  "/ws/%2e%2E/x",
  "/ws/./x",
  "/%zz",
  "/%",
  "/%ff",
];
