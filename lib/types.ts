// `pushrig/types`: types only, in types.d.ts. This file is for compilers that leave an import of nothing in place.
export {};
