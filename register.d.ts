/** For `node --import pushrig/register` and `node --require pushrig/register`: to load it is all it does. */
export {};
