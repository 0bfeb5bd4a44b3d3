/** The nodes that are alive: each renews a lease, and one that no longer does is gone. */
export interface Leases {
  /** Begins to renew the own lease. `changed` gets all live nodes, the own one included, each time that they were read. */
  open(changed: (nodes: ReadonlySet<string>) => void): void;
  /** Renews the own lease now: the connection is new. */
  renew(): Promise<void>;
  /** The own lease is left to end by itself: meanwhile the users of this node can come back at another one. */
  close(): void;
}
