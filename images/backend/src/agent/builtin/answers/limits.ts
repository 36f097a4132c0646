/** Most choices in a question. */
export const maxChoices = 9;

/** Longest title, in characters. */
export const longestTitle = 200;
