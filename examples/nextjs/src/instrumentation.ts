export { register } from "pushrig/next";
