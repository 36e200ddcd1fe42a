/** What the channel of a user's own events begins with; the user's id follows. */
export const USER_CHANNEL = "#server-to-user-";
