import { useEffect, useState } from "react";

/** A connection that is back this soon was never gone, for a reader. Milliseconds. */
const PATIENCE = 700;

/** True once `on` has held for `ms` milliseconds, for longer than a blink if not given. */
export function useLate(on: boolean, ms: number = PATIENCE): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!on) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), ms);
    return () => clearTimeout(timer);
  }, [on, ms]);
  return late;
}
