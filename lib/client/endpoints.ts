/** What asks the endpoints of an application: most clients are signed for in this process. */

export { askEndpoint as ask, logAnswer, plannedError, settle } from "./authorization/endpoint.js";
export { authorizeByRequest, Xhr } from "./xhr.js";
