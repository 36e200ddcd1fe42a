// Stands in for npm `pusher-js`: the module itself is the class.
import { MockPusherClient } from "../index";

export = MockPusherClient;
