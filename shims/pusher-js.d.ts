import { MockPusherClient } from "../index";

/** In the shape of npm `pusher-js`: the module itself is the class. */
export = MockPusherClient;
