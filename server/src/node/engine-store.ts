import type { StoreSpaceParts } from "../observe/store-space.ts";
import type { Store } from "../store/store.ts";

/** A store of one engine, with what only that engine can say of it. */
export type EngineStore = {
  readonly store: Store;
  readonly isShared: boolean;
  readonly durability: "fsync" | "memory" | "unsafe";
  /** Bytes that DISK_RESERVE keeps free; 0 where the disk is another machine's. */
  readonly reserve: number;
  readonly free: () => Promise<number>;
  readonly probe: StoreSpaceParts["probe"];
  readonly logDamaged: () => boolean;
};
