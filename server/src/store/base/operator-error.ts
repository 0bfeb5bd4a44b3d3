/**
 * An error whose message is written for the operator: what happened and what to change, in one or more sentences. The
 * command line and the start of the server print it as it is. Every other error that reaches them is a bug.
 */
export class OperatorError extends Error {
  override name = "OperatorError";
}

/** The command line or a setting is not valid; the message says what to change. Exit code 2. */
export class UsageError extends OperatorError {
  override name = "UsageError";
}
