import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { FAULTS, isFault, nameKey } from "@parley/protocol";
import type { Command } from "../../../core/command.ts";
import { idToBytes } from "../../base/compact-id.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { SYSTEM_USER } from "../../base/system.ts";
import { Attempt } from "../../commit/attempt.ts";
import { KnownAuthors } from "../../commit/authors.ts";
import { commit } from "../../commit/commit.ts";
import { KnownFeeds } from "../../commit/known-feeds.ts";
import { MIGRATIONS } from "../../migrations/list.ts";
import { migrate } from "../../migrations/migrate.ts";
import type { MigrationContext } from "../../migrations/migration.ts";
import type { Verdict } from "../../store.ts";
import { MESSAGES_JSON, ROOMS_JSON } from "../../transfer/dump.ts";
import type { ImportOptions } from "../../transfer/import-options.ts";
import {
  isProblem,
  type LegacyMessage,
  type LegacyRoom,
  legacyMessages,
  legacyRooms,
} from "../../transfer/legacy-entries.ts";
import { namedId } from "../../transfer/named-id.ts";
import { makeDurable } from "../engine/durability.ts";
import { SqliteFile } from "../engine/file.ts";
import { refuseDamagedLog } from "../log-damage.ts";
import { refuseHalfImported } from "../sqlite.ts";

export type LegacyReport = {
  readonly format: "json";
  /** `made` are new, `joined` existed under their name or id, `there` were imported before, `skipped` could not be imported. */
  readonly rooms: {
    readonly made: number;
    readonly joined: number;
    readonly there: number;
    readonly skipped: number;
  };
  /** `later`: the added ones that have a later time than in the file. */
  readonly messages: {
    readonly added: number;
    readonly there: number;
    readonly skipped: number;
    readonly later: number;
  };
};

/** Messages of one transaction. */
const SLICE = 1_000;

const CLAIM = "SELECT feed FROM claims WHERE space = 'room_name' AND key = $1";
const PUBLIC_ROOM =
  "SELECT f.feed FROM feeds f JOIN rooms r ON r.room_no = f.no WHERE f.feed = $1 AND r.kind = 'public' AND r.state <> 'deleted'";
const LAST_AT = "SELECT last_at FROM feeds WHERE feed = $1";
/** Finds messages that were exported from this store. */
const MESSAGE = "SELECT 1 FROM events WHERE id = $1 AND message = 1";
const LAST_ROW = "SELECT COALESCE(MAX(row), 0) FROM events";
const VERSION = "SELECT value FROM meta WHERE key = 'version'";

/** The room that messages are imported into. `at` is the time of the last one. */
type Target = { readonly room: string; at: number };

/** Imports the rooms and messages of a legacy chat server. @throws OperatorError. */
export function importLegacy(options: ImportOptions, making: MigrationContext): LegacyReport {
  const path = join(options.dataDir, "parley.db");
  const there = existsSync(path);
  refuseHalfImported(path);
  const file = options.dryRun && !there ? new SqliteFile(":memory:") : new SqliteFile(path);
  try {
    if (there) refuseDamagedLog(file, path, options.now);
    if (!options.dryRun) makeDurable(file, false);
    if (there) refuseOther(Number(file.get(VERSION, [])?.[0]));
    else file.transaction(migrate(making));
    return new LegacyImport(file, options, making).run();
  } finally {
    file.close();
  }
}

/** Only the server migrates a store: it makes a backup first. */
function refuseOther(version: number): void {
  if (version === (MIGRATIONS.at(-1)?.version ?? 0)) return;
  throw new OperatorError(
    "This store is of another version. Start the server once: it brings the store up to date.",
  );
}

class LegacyImport {
  readonly #file: SqliteFile;
  readonly #options: ImportOptions;
  readonly #making: MigrationContext;
  readonly #rooms = { made: 0, joined: 0, there: 0, skipped: 0 };
  readonly #messages = { added: 0, there: 0, skipped: 0, later: 0 };
  /** By the rooms' ids in the file; null: the room did not come in. */
  readonly #targets = new Map<string, Target | null>();
  /** In a dry run: the commands that create rooms, which every transaction repeats. */
  readonly #opening = new Map<string, Command>();
  #row: number;

  constructor(file: SqliteFile, options: ImportOptions, making: MigrationContext) {
    this.#file = file;
    this.#options = options;
    this.#making = making;
    this.#row = Number(file.get(LAST_ROW, [])?.[0]);
  }

  run(): LegacyReport {
    const { folder, progress = () => {} } = this.#options;
    const rooms = join(folder, ROOMS_JSON);
    const messages = join(folder, MESSAGES_JSON);
    const size = (path: string) => (existsSync(path) ? statSync(path).size : 0);
    // Messages are read twice: the first time for when each room began.
    const total = size(rooms) + 2 * size(messages);
    let done = 0;
    const countBytes = (bytes: number) => {
      done += bytes;
      progress(done, total);
    };
    const began = new Map<string, number>();
    if (size(messages) > 0)
      for (const found of legacyMessages(messages, MESSAGES_JSON, countBytes)) {
        if (isProblem(found) || found.at === null) continue;
        began.set(found.room, Math.min(found.at, began.get(found.room) ?? found.at));
      }
    for (const found of legacyRooms(rooms, ROOMS_JSON, countBytes)) {
      if (isProblem(found)) {
        if (found.id !== undefined) this.#targets.set(found.id, null);
        this.#skipRoom(found.where, found.why);
      } else this.#room(found, began.get(found.id));
    }
    if (size(messages) > 0) this.#all(legacyMessages(messages, MESSAGES_JSON, countBytes));
    return { format: "json", rooms: this.#rooms, messages: this.#messages };
  }

  /** Creates the room, or finds the one of its name. */
  #room({ where, id, name, room, at }: LegacyRoom, began: number | undefined): void {
    if (this.#targets.has(id)) {
      this.#skipRoom(where, `another room of the file has the id ${id}`);
      return;
    }
    const { now } = this.#making;
    const { dryRun } = this.#options;
    const planned = this.#openingNamed(name);
    if (planned !== undefined) {
      this.#join(id, planned);
      return;
    }
    const command: Command = {
      actor: { ...SYSTEM_USER, walk_in: false },
      nonce: namedId("room", id, name),
      at: Math.min(at ?? now, began ?? now, now),
      body: { kind: "open_room", room, name },
    };
    const [verdict] = this.#commit([command]);
    if (verdict === undefined) throw new Error("The store gave no answer.");
    if (!isFault(verdict)) {
      this.#targets.set(id, this.#target(room, command.at));
      this.#rooms[verdict.duplicate ? "there" : "made"]++;
      if (!verdict.duplicate && dryRun) this.#opening.set(room, command);
      return;
    }
    // By its name, or, where it has got another one since, by its id.
    const holder = (this.#file.get(CLAIM, [nameKey(name)]) ?? this.#file.get(PUBLIC_ROOM, [room]))?.[0];
    if (holder !== undefined) {
      this.#join(id, String(holder));
      return;
    }
    this.#targets.set(id, null);
    this.#skipRoom(where, FAULTS[verdict.fault].text);
  }

  #join(id: string, room: string): void {
    this.#targets.set(id, this.#target(room, 0));
    this.#rooms.joined++;
  }

  #skipRoom(where: string, why: string): void {
    this.#rooms.skipped++;
    this.#options.problem?.({ where, why });
  }

  #openingNamed(name: string): string | undefined {
    for (const { body } of this.#opening.values())
      if (body.kind === "open_room" && nameKey(body.name) === nameKey(name)) return body.room;
    return undefined;
  }

  #target(room: string, at: number): Target {
    return { room, at: Math.max(at, Number(this.#file.get(LAST_AT, [room])?.[0] ?? 0)) };
  }

  #all(found: Iterable<ReturnType<typeof legacyMessages> extends Iterable<infer T> ? T : never>): void {
    let batch: { readonly message: LegacyMessage; readonly command: Command }[] = [];
    const flush = () => {
      const verdicts = this.#commit(batch.map(({ command }) => command));
      for (const [i, { message }] of batch.entries()) this.#count(message, verdicts[i] as Verdict);
      batch = [];
    };
    for (const each of found) {
      const target = isProblem(each) ? undefined : this.#targets.get(each.room);
      if (isProblem(each)) this.#skip(each.where, each.why);
      else if (target === undefined) this.#skip(each.where, `there is no room ${each.room} in ${ROOMS_JSON}`);
      else if (target === null) this.#skip(each.where, `its room ${each.room} did not come in`);
      else if (each.id !== undefined && this.#file.get(MESSAGE, [idToBytes(each.id)])) this.#messages.there++;
      else batch.push({ message: each, command: this.#command(each, target) });
      if (batch.length === SLICE) flush();
    }
    flush();
  }

  #command({ author, username, nonce, text, at }: LegacyMessage, target: Target): Command {
    // Times never decrease in a room, and nothing was said in the future.
    const time = Math.max(target.at, Math.min(at ?? 0, this.#making.now));
    return {
      actor: { id: author, name: username, walk_in: true },
      nonce,
      at: time,
      body: { kind: "send_message", room: target.room, text },
    };
  }

  #count({ where, room, at }: LegacyMessage, verdict: Verdict): void {
    if (isFault(verdict)) {
      const again = verdict.fault === "nonce_reused";
      this.#skip(where, again ? "came in before with another text" : FAULTS[verdict.fault].text);
    } else if (verdict.duplicate) {
      this.#messages.there++;
    } else {
      this.#messages.added++;
      const target = this.#targets.get(room);
      const stored = Math.max(verdict.at, target?.at ?? 0);
      if (target) target.at = stored;
      if (at === null || stored > at) this.#messages.later++;
    }
  }

  #skip(where: string, why: string): void {
    this.#messages.skipped++;
    this.#options.problem?.({ where, why });
  }

  /** All or nothing. In a dry run the rules decide, too, and the transaction is rolled back. */
  #commit(commands: readonly Command[]): readonly Verdict[] {
    if (commands.length === 0) return [];
    const { dryRun } = this.#options;
    const rooms = new Set(commands.map(({ body }) => body.room));
    const opening = [...this.#opening].filter(([room]) => rooms.has(room)).map(([, command]) => command);
    while (true) {
      const attempt = new Attempt({
        known: new KnownFeeds(true),
        authors: new KnownAuthors(),
        allocator: {
          now: () => this.#making.now,
          timeOf: ({ at }: Command) => at,
          newId: this.#making.newId,
          newRow: () => ++this.#row,
        },
        lookUpNonces: true,
      });
      const committed = this.#file.transaction(
        commit([...opening, ...commands], attempt),
        (outcome) => outcome !== null && !dryRun,
      );
      if (committed) return committed.verdicts.slice(opening.length);
    }
  }
}
