import { LOBBY } from "@parley/sdk";
import { Tooltip } from "radix-ui";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { AuthProvider } from "../signin/auth-context.ts";
import type { AuthStore } from "../signin/auth-store.ts";
import { SignIn } from "../signin/sign-in.tsx";
import { NoticeList } from "../ui/notice-list.tsx";
import { ClientProvider } from "./client.ts";
import { navigate } from "./navigation.ts";
import { HOME, roomPath } from "./route.ts";
import { Shell } from "./shell.tsx";

/** The whole page: the sign-in, or the shell. */
export function App({ auth }: { auth: AuthStore }) {
  const state = useSyncExternalStore(auth.subscribe, auth.get);
  const before = useRef(state.state);

  // After a sign-in at the root the lobby is open, also on a phone.
  useEffect(() => {
    const cameIn = before.current === "joining" && state.state === "in";
    before.current = state.state;
    if (cameIn && location.pathname === HOME) navigate(roomPath(LOBBY), { replace: true });
  }, [state]);

  return (
    <AuthProvider value={auth}>
      <Tooltip.Provider delayDuration={500}>
        {state.state === "in" ? (
          <ClientProvider value={state.client}>
            <Shell />
          </ClientProvider>
        ) : (
          <SignIn state={state} />
        )}
        <NoticeList />
      </Tooltip.Provider>
    </AuthProvider>
  );
}
