/** Who uses this tab. */
export const session = { user: "ada" };
