export const session = { userId: "nobody", asked: 0 };
