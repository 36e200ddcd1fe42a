// What only the fixtures install.
declare module "react";
declare module "@testing-library/react";
declare module "dep-cjs";
declare module "dep-esm";
declare module "@jest/globals";
// What only their own paths lead to.
declare module "realtime";
declare module "pusher/updateChannel";
