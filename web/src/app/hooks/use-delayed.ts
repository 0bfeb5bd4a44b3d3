import { useEffect, useState } from "react";

/** A connection that is back this soon was never gone, for a reader. Milliseconds. */
const DELAY = 700;

/** True once `on` has held for `ms` milliseconds, for longer than a blink if not given. */
export function useDelayed(on: boolean, ms: number = DELAY): boolean {
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
