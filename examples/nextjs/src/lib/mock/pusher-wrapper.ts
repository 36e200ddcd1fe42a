export { MockPusherClient, MockPusherServer } from "pushrig";
