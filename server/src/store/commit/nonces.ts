/**
 * The rows of nonces: 16 bytes of nonce, the number of its author, the digest of the command, and its answer
 * (answers.ts). They begin with the nonce, whose first bits are a time: new ones go to the end.
 */

const OF_AUTHOR = "nonce = $1 AND author = (SELECT no FROM authors WHERE author = $2)";

/** By nonce and author, both as bytes. */
export const FIND_NONCE = `SELECT digest, at, answer FROM nonces WHERE ${OF_AUTHOR}`;
/** `author` is a number. */
export const NEW_NONCE = "INSERT INTO nonces (nonce, author, digest, at, answer) VALUES ($1, $2, $3, $4, $5)";
