import { Compass } from "lucide-react";
import { EmptyState } from "../ui/empty-state.tsx";
import { BUTTON_LINK, Link } from "../ui/link.tsx";
import { BROWSE } from "./route.ts";

/** For an address that leads nowhere, or to a room that is not for this reader: the two look alike on purpose. */
export function NotFound() {
  return (
    <main tabIndex={-1} className="flex min-h-0 grow outline-none">
      <EmptyState
        whole
        icon={<Compass size={28} aria-hidden="true" />}
        title="Nothing here"
        text="This room does not exist, or it is private and you are not a member. A member can invite you."
      >
        <Link to={BROWSE} className={BUTTON_LINK}>
          Browse rooms
        </Link>
      </EmptyState>
    </main>
  );
}
