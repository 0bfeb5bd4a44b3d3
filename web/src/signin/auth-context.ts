import { createContext, useContext } from "react";
import type { AuthStore } from "./auth-store.ts";

const AuthContext = createContext<AuthStore | null>(null);

export const AuthProvider = AuthContext.Provider;

/** Signing in and out. Only below `AuthProvider`. */
export function useAuth(): AuthStore {
  const auth = useContext(AuthContext);
  if (auth === null) throw new Error("No entry above this component.");
  return auth;
}
