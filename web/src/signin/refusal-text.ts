import type { Refusal } from "./auth-store.ts";

/** A refusal in words that say what to do next. */
export function refusalText({ code, text }: Refusal): string {
  switch (code) {
    case "name_taken":
      return "This name is taken. Choose another one.";
    case "signed_out":
      return "This server no longer knows you. Choose a name to sign in again.";
    case "guests_off":
      return "This server does not accept guests.";
    default:
      return text;
  }
}
