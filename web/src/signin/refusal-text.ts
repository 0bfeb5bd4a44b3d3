import type { Refusal } from "../app/entry.ts";

/** A refusal in words that say what to do next. */
export function refusalText({ code, text }: Refusal): string {
  switch (code) {
    case "name_taken":
      return "Somebody here has this name already. Choose another.";
    case "signed_out":
      return "This server does not know you any more. Choose a name to come back in.";
    case "guests_off":
      return "This server takes no guests.";
    default:
      return text;
  }
}
