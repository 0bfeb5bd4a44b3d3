import { describe } from "bun:test";
import { checkAppends } from "./append.contract.ts";
import { checkDirectory } from "./directory.contract.ts";
import { checkTwins } from "./duplicates.contract.ts";
import { checkGuests } from "./guests.contract.ts";
import { checkMessages } from "./messages.contract.ts";
import { checkNames } from "./names.contract.ts";
import { checkPurge } from "./purge.contract.ts";
import { checkReactions } from "./reactions.contract.ts";
import { checkReads } from "./reads.contract.ts";
import { checkRooms } from "./rooms.contract.ts";
import { checkSearch } from "./search.contract.ts";
import { checkSessions } from "./sessions.contract.ts";
import { checkSimulation } from "./simulation.contract.ts";
import { checkUnread } from "./unread.contract.ts";
import { checkWith, type Opened } from "./world.contract.ts";

/** The promises of every engine. Written against `Store` alone; `open` creates an empty store for one test. */
export function storeContract(name: string, open: () => Promise<Opened>): void {
  const check = checkWith(open);
  describe(`store on ${name}`, () => {
    checkAppends(check);
    checkTwins(check);
    checkMessages(check);
    checkReads(check);
    checkRooms(check);
    checkReactions(check);
    checkUnread(check);
    checkGuests(check);
    checkSearch(check);
    checkDirectory(check);
    checkNames(check);
    checkPurge(check);
    checkSessions(check);
    checkSimulation(check);
  });
}
