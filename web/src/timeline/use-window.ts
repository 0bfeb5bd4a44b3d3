import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { keyFrom, MORE, startOf } from "./drawn-rows.ts";
import type { Row } from "./rows.ts";

type Window = {
  readonly drawn: readonly Row[];
  /** Whether that is all of them. */
  readonly whole: boolean;
  /** Draws more further back. False if all are drawn. */
  readonly reveal: () => boolean;
  /** Draws everything from this row on, with some before it. */
  readonly revealRow: (key: string) => void;
};

/**
 * Which rows are drawn: the newest while the end is followed, so that a room that talks all day stays light; for who goes
 * up, those from there on, and more as soon as they come to the first of them.
 */
export function useWindow(rows: readonly Row[], following: boolean): Window {
  /** The first row drawn, by its key; null while the newest are followed. */
  const [first, setFirst] = useState<string | null>(null);
  const start = startOf(rows, first);
  const present = useRef<string | null>(null);
  present.current = keyFrom(rows, start);

  // Who leaves the end takes the first row as it is; who comes back lets go of it.
  useLayoutEffect(() => {
    setFirst((before) => (following ? null : (before ?? present.current)));
  }, [following]);

  const reveal = useCallback(() => {
    if (start === 0) return false;
    setFirst(keyFrom(rows, start - MORE));
    return true;
  }, [rows, start]);
  const revealRow = useCallback(
    (key: string) => {
      const at = rows.findIndex((row) => row.key === key);
      if (at !== -1 && at < start) setFirst(keyFrom(rows, at - MORE));
    },
    [rows, start],
  );

  const drawn = useMemo(() => (start === 0 ? rows : rows.slice(start)), [rows, start]);
  return { drawn, whole: start === 0, reveal, revealRow };
}
