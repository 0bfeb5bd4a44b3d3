import { createContext, useContext } from "react";
import type { Entry } from "./auth-store.ts";

const EntryContext = createContext<Entry | null>(null);

export const EntryProvider = EntryContext.Provider;

/** Signing in and out. Only below `EntryProvider`. */
export function useEntry(): Entry {
  const entry = useContext(EntryContext);
  if (entry === null) throw new Error("No entry above this component.");
  return entry;
}
