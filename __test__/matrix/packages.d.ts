// What only the fixtures install.
declare module "react";
declare module "@testing-library/react";
declare module "dep-cjs";
declare module "dep-esm";
