import { type Client, createClient, newToken } from "@parley/sdk";
import { dropDrafts } from "../composer/drafts.ts";
import { forgetGuest, keepGuest, readGuest, type StoredGuest } from "./guest.ts";
import { type Refusal, refusalOf } from "./refusal-text.ts";

/** Whether this browser has a signed-in guest. */
export type AuthState =
  | { readonly state: "out"; readonly name: string; readonly refusal: Refusal | null }
  | { readonly state: "joining"; readonly name: string; readonly client: Client }
  | { readonly state: "in"; readonly name: string; readonly client: Client };

/** Signing in and out. A token is kept before it is first sent, so that no name is ever lost to a reload in between. */
export class AuthStore {
  readonly #url: string;
  readonly #storage: Storage | null;
  readonly #listeners = new Set<() => void>();
  #state: AuthState;
  #unsubscribe = () => {};

  /** `storage` is null where the browser keeps nothing: then the guest ends with the page. */
  constructor(url: string, storage: Storage | null) {
    this.#url = url;
    this.#storage = storage;
    const guest = readGuest(storage);
    this.#state = guest?.known
      ? { state: "in", name: guest.name, client: this.#open(guest) }
      : { state: "out", name: guest?.name ?? "", refusal: null };
  }

  get = (): AuthState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks the server for a name. The answer comes as a change of state. */
  join = (name: string): void => {
    const kept = readGuest(this.#storage);
    // Another tab has signed in meanwhile.
    if (kept?.known) {
      this.#enter(kept);
      return;
    }
    this.#leaveClient();
    const guest = { token: kept?.token ?? newToken(), name, known: false };
    keepGuest(this.#storage, guest);
    const client = this.#open(guest);
    this.#unsubscribe = client.connection.subscribe(() => this.#answered(client, guest));
    this.#set({ state: "joining", name, client });
    this.#answered(client, guest);
  };

  /** Gives up an unanswered join. */
  cancel = (): void => {
    this.#leaveClient();
    this.#set({ state: "out", name: this.#state.name, refusal: null });
  };

  /** Back to the sign-in because the server refuses this guest. The token stays, for another name. */
  refused = (refusal: Refusal): void => {
    this.#leaveClient();
    const guest = readGuest(this.#storage);
    if (guest) keepGuest(this.#storage, { ...guest, known: false });
    this.#set({ state: "out", name: this.#state.name, refusal });
  };

  /** Forgets the guest. The name cannot be taken again. */
  forget = (): void => {
    this.#leaveClient();
    forgetGuest(this.#storage);
    dropDrafts();
    this.#set({ state: "out", name: "", refusal: null });
  };

  /** One browser is one guest: applies what another tab did. */
  storageChanged = (): void => {
    const guest = readGuest(this.#storage);
    if (this.#state.state === "in" && guest === null) this.forget();
    if (this.#state.state === "out" && guest?.known) this.#enter(guest);
  };

  #answered(client: Client, guest: StoredGuest): void {
    if (this.#state.state !== "joining" || this.#state.client !== client) return;
    const connection = client.connection.get();
    if (connection.state === "live") {
      this.#unsubscribe();
      keepGuest(this.#storage, { ...guest, name: connection.user.name, known: true });
      this.#set({ state: "in", name: connection.user.name, client });
    } else if (connection.state === "refused" && connection.code === "name_differs") {
      // An earlier join succeeded under another name, and its answer was lost: that name is given up for the new one.
      forgetGuest(this.#storage);
      this.join(guest.name);
    } else if (connection.state === "refused") {
      this.refused(refusalOf(connection));
    }
  }

  #enter(guest: StoredGuest): void {
    this.#leaveClient();
    this.#set({ state: "in", name: guest.name, client: this.#open(guest) });
  }

  #open(guest: StoredGuest): Client {
    const client = createClient({ url: this.#url, token: guest.token, name: guest.name });
    client.start();
    return client;
  }

  #leaveClient(): void {
    this.#unsubscribe();
    this.#unsubscribe = () => {};
    if (this.#state.state !== "out") this.#state.client.stop();
  }

  #set(state: AuthState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
