import { useEffect, useState } from "react";

/** A connection that is back this soon was never gone, for a reader. Milliseconds. */
const PATIENCE = 700;

/** True once `on` has held for longer than a blink. */
export function useLate(on: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!on) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [on]);
  return late;
}
