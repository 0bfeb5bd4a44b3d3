/**
 * An inverted index has no order: a common word would have all its rows sorted for each page. So each row has, beside its
 * words, the term of its block, small and large, and a search walks the blocks from the newest.
 */
export const SMALL_BLOCK = 12;
export const LARGE_BLOCK = 16;

/** The terms of a row's blocks as SQL, with a space before each. Terms of rooms have one underscore and small letters. */
export const BLOCK_TERMS = (row: string) =>
  `' _b' || (${row} >> ${SMALL_BLOCK}) || ' _B' || (${row} >> ${LARGE_BLOCK})`;
