import { useClient } from "../app/client.ts";
import { useObserved } from "../app/observe.ts";
import { Avatar, type AvatarProps } from "../ui/avatar.tsx";

/** Whether the user is online, as far as that is known. */
export function useOnline(id: string): boolean {
  return useObserved(useClient().online).has(id);
}

/** In words; null without a connection to what knows it. */
export function usePresenceText(id: string): string {
  const online = useOnline(id);
  const unknown = useObserved(useClient().onlineUnknown);
  if (online) return "here now";
  return unknown ? "not known if here" : "not here";
}

/** A person's face, with a dot while they are here. */
export function PersonAvatar(props: Omit<AvatarProps, "online">) {
  return <Avatar {...props} online={useOnline(props.id)} />;
}
