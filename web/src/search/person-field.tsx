import { X } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { useSelf } from "../app/client.ts";
import { usePeopleSearch } from "../people/use-people-search.ts";
import { Avatar } from "../ui/avatar.tsx";
import { cx } from "../ui/classes.ts";

type PersonFieldProps = {
  id: string;
  /** The id of the chosen user, empty for all. */
  person: string;
  className: string;
  onChange: (person: string) => void;
};

/** Names by id, as far as they were chosen here: an address carries the id alone. */
const chosenNames = new Map<string, string>();

/** A field for a user, found by a part of the name. */
export function PersonField({ id, person, className, onChange }: PersonFieldProps) {
  const list = useId();
  const self = useSelf();
  const [letters, setLetters] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const open = letters !== null;
  const { people } = usePeopleSearch(letters ?? "", open);
  const found = open ? people.slice(0, 7) : [];
  const chosen = Math.min(at, found.length - 1);
  const name =
    person === "" ? "" : (chosenNames.get(person) ?? (person === self?.id ? self.name : "Unknown user"));

  const choose = ({ id: key, name: chosenName }: { id: string; name: string }) => {
    chosenNames.set(key, chosenName);
    onChange(key);
    setLetters(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || !open) return;
    const candidate = found[chosen];
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && found.length > 0) setAt((chosen + step + found.length) % found.length);
    else if (event.key === "Enter" && candidate) choose(candidate);
    else if (event.key === "Escape") setLetters(null);
    else return;
    event.preventDefault();
  };

  return (
    <div className="relative">
      <input
        id={id}
        role="combobox"
        aria-expanded={open && found.length > 0}
        aria-controls={list}
        aria-activedescendant={open && found.length > 0 ? `${list}-${chosen}` : undefined}
        autoComplete="off"
        placeholder="Anyone"
        value={letters ?? name}
        onChange={(event) => {
          setLetters(event.target.value);
          setAt(0);
        }}
        onFocus={() => person === "" && setLetters("")}
        onBlur={() => setLetters(null)}
        onKeyDown={onKeyDown}
        className={cx(className, "placeholder:text-ink-faint", person !== "" && "pr-9")}
      />
      {person !== "" && (
        <button
          type="button"
          aria-label="Anyone"
          title="Anyone"
          onClick={() => {
            onChange("");
            setLetters(null);
          }}
          className="absolute top-1 right-1 grid size-8 place-items-center rounded-lg text-ink-faint hover:bg-hover hover:text-ink"
        >
          <X size={15} aria-hidden="true" />
        </button>
      )}
      <div
        id={list}
        role="listbox"
        aria-label="People"
        className={cx(
          "absolute top-full left-0 z-20 mt-1 w-64 max-w-[80vw] rounded-2xl border border-line bg-raised p-1.5 shadow-raised max-lg:right-0 max-lg:left-auto",
          found.length === 0 && "hidden",
        )}
      >
        {found.map((candidate, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are taken by the field, which keeps the focus.
          <div
            key={candidate.id}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(candidate)}
            className={cx(
              "flex h-9 cursor-pointer items-center gap-2.5 rounded-xl px-2 text-sm pointer-coarse:h-11",
              index === chosen ? "bg-accent-wash text-accent-text" : "hover:bg-hover",
            )}
          >
            <Avatar id={candidate.id} name={candidate.name} size="small" />
            <span className="min-w-0 truncate" dir="auto">
              {candidate.name}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}
