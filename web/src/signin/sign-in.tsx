import { codePoints, LIMITS } from "@parley/sdk";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "../ui/button.tsx";
import { Field } from "../ui/field.tsx";
import { Logo } from "../ui/logo.tsx";
import { useAuth } from "./auth-context.ts";
import type { AuthState } from "./auth-store.ts";
import { JoiningState } from "./joining-state.tsx";
import { refusalText } from "./refusal-text.ts";

/** The sign-in: one name, one button. */
export function SignIn({ state }: { state: Exclude<AuthState, { state: "in" }> }) {
  const auth = useAuth();
  const [name, setName] = useState(state.name);
  const [blank, setBlank] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const joining = state.state === "joining";
  const refusal = state.state === "out" ? state.refusal : null;

  useEffect(() => {
    document.title = "Parley";
  }, []);
  // After a refusal the field is as it was, and ready for another name.
  useEffect(() => {
    if (joining) return;
    field.current?.focus();
    if (refusal !== null) field.current?.select();
  }, [joining, refusal]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (joining) return;
    setBlank(name.trim() === "");
    if (name.trim() === "") field.current?.focus();
    else auth.join(name.trim());
  };
  const tooLong =
    codePoints(name.trim()) > LIMITS.user_name ? `At most ${LIMITS.user_name} characters.` : null;
  const fault =
    tooLong ?? (blank && name.trim() === "" ? "Type a name first." : refusal && refusalText(refusal));

  return (
    <main className="grid h-full place-items-center overflow-y-auto p-5">
      <form
        onSubmit={submit}
        noValidate
        className="w-full max-w-sm rounded-3xl bg-sheet p-7 shadow-sheet [--mark-gap:var(--sheet)] sm:p-9"
      >
        <Logo size={52} />
        <h1 className="mt-5 font-semibold text-2xl tracking-tight">Join the conversation</h1>
        <p className="mt-1 mb-7 text-ink-soft text-sm">
          This is Parley at <span className="font-medium text-ink">{location.host}</span>. A name is all you
          need.
        </p>
        <Field
          ref={field}
          label="Your name"
          name="name"
          autoComplete="nickname"
          autoCapitalize="words"
          spellCheck={false}
          enterKeyHint="go"
          value={name}
          readOnly={joining}
          fault={fault}
          onChange={(event) => setName(event.target.value)}
          hint="The name is yours from now on and is kept in this browser. There is no password."
        />
        <Button
          type="submit"
          look="primary"
          disabled={joining || tooLong !== null}
          className="mt-5 h-11 w-full"
        >
          {joining ? "Joining…" : "Join"}
        </Button>
        {joining && <JoiningState client={state.client} onCancel={() => auth.cancel()} />}
      </form>
    </main>
  );
}
