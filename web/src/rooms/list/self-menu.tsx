import { ChevronsUpDown, LogOut } from "lucide-react";
import { useState } from "react";
import { useConnection, useSelf } from "../../app/client.ts";
import { useNetwork } from "../../app/hooks/use-network.ts";
import { navigate } from "../../app/navigation.ts";
import { HOME } from "../../app/route.ts";
import { useAuth } from "../../signin/auth-context.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { cx } from "../../ui/classes.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";

/** Who I am here, whether I am connected, and the way out. */
export function SelfMenu() {
  const auth = useAuth();
  const connection = useConnection();
  const self = useSelf();
  const [leaving, setLeaving] = useState(false);
  const state = auth.get();
  const name = self?.name ?? state.name;
  const live = useNetwork() && connection.state === "live";

  return (
    <div className="shrink-0 p-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <Menu
        side="top"
        align="start"
        trigger={
          <button
            type="button"
            className="flex w-full items-center gap-3 rounded-2xl p-2 text-left transition-colors hover:bg-hover data-[state=open]:bg-hover"
          >
            <Avatar id={self?.id ?? ""} name={name} />
            <span className="min-w-0 grow">
              <span className="block truncate font-medium text-sm" dir="auto">
                <span className="sr-only">You are </span>
                {name}
              </span>
              <span className="flex items-center gap-1.5 text-ink-faint text-xs">
                <span className={cx("size-1.5 rounded-full", live ? "bg-accent" : "bg-signal")} />
                {live ? "Connected" : "Not connected"}
              </span>
            </span>
            <ChevronsUpDown size={16} aria-hidden="true" className="text-ink-faint" />
          </button>
        }
      >
        <MenuItem icon={<LogOut size={16} />} danger onSelect={() => setLeaving(true)}>
          Sign out and give up the name
        </MenuItem>
      </Menu>
      <Confirm
        open={leaving}
        onOpenChange={setLeaving}
        title="Sign out for good?"
        action="Give up the name"
        onConfirm={() => {
          navigate(HOME, { replace: true });
          auth.forget();
        }}
      >
        <p>
          This browser holds the only key to the name{" "}
          <strong className="font-semibold text-ink">{name}</strong>. Signing out forgets it, and the name
          cannot be taken again, not even by you. Your messages stay.
        </p>
      </Confirm>
    </div>
  );
}
