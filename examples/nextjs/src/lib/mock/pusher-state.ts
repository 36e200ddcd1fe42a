export { pusherMockState } from "pushrig";
