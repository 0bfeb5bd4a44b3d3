import { groupBy, type History, noncesByToken, only, usersOf, type Violation, violation } from "./history.ts";
import { copies } from "./position.ts";

/** I2: one nonce and one wish have at most one effect; a client applies a seq at most once. */
export function i2(history: History): Violation[] {
  return [
    ...oneEffectForNonce(history),
    ...oneNonceForWish(history),
    ...oneEffectForWish(history),
    ...oneApplication(history),
  ];
}

function oneEffectForNonce(history: History): Violation[] {
  const effects = groupBy(history.store.events, ({ actor, nonce, feed, kind, user }) =>
    [actor, nonce, feed, kind, user].join(" "),
  );
  return [...effects.values()]
    .filter((events) => events.length > 1)
    .map((events) => {
      const [{ nonce, actor, kind, feed }] = events as [(typeof events)[0]];
      const seqs = events.map(({ seq }) => seq).join(", ");
      return violation(
        history,
        "I2",
        `nonce ${nonce} of ${actor} has ${events.length} effects ${kind}: ${feed}#${seqs}`,
      );
    });
}

/** A wish keeps its nonce until a final fault; the scripts try nothing twice. */
function oneNonceForWish(history: History): Violation[] {
  return [...noncesByToken(history)]
    .filter(([, nonces]) => nonces.length > 1)
    .map(([wish, nonces]) => violation(history, "I2", `'${wish}' was sent under ${nonces.join(" and ")}`));
}

/** The nonce is the client's own word. The token in the text is the person's: it shows a resend under a new nonce. */
function oneEffectForWish(history: History): Violation[] {
  const tokens = new Map(only(history, "attempted").flatMap((a) => (a.token ? [[a.token, a] as const] : [])));
  const byToken = groupBy(
    history.store.events.filter(({ text }) => tokens.has(text)),
    ({ text, kind }) => `${kind} ${text}`,
  );
  return [...byToken.values()]
    .filter((events) => events.length > 1)
    .map((events) => {
      const wish = tokens.get(events[0]!.text)!;
      const where = events.map(({ feed, seq, nonce }) => `${feed}#${seq} (nonce ${nonce})`).join(", ");
      return violation(
        history,
        "I2",
        `${wish.client} asked once for '${wish.token}' and it is stored ${events.length} times: ${where}`,
      );
    });
}

function oneApplication(history: History): Violation[] {
  return copies(history).flatMap(({ client, feed, steps }) => {
    const applied = groupBy(
      steps.filter(({ t }) => t === "applied"),
      ({ seq }) => String(seq),
    );
    return [...applied]
      .filter(([, times]) => times.length > 1)
      .map(([seq, times]) =>
        violation(history, "I2", `${client} applied ${feed}#${seq} ${times.length} times in one copy`),
      );
  });
}

/** I5: the same nonce always gets the same answer, and the store remembers that answer. */
export function i5(history: History): Violation[] {
  const users = usersOf(history);
  const remembered = new Map(
    history.store.nonces.map(({ author, nonce, placed }) => [`${author} ${nonce}`, places(placed)]),
  );
  const answers = only(history, "answered").filter((answer) => "ack" in answer || answer.fault.final);
  return [...groupBy(answers, ({ client, nonce }) => `${client} ${nonce}`).values()].flatMap((group) => {
    const { client, nonce } = group[0]!;
    const said = group.map((answer) =>
      "ack" in answer
        ? `${places(answer.ack.events)} at ${answer.ack.at}`
        : `final fault ${answer.fault.code}`,
    );
    const kept = remembered.get(`${users.get(client)} ${nonce}`);
    const acked = group.find((answer) => "ack" in answer);
    const differs =
      kept !== undefined && acked && "ack" in acked && places(acked.ack.events) !== kept
        ? [
            violation(
              history,
              "I5",
              `nonce ${nonce} of ${client}: answered ${said[0]}, the store remembers ${kept}`,
            ),
          ]
        : [];
    const distinct = [...new Set(said)];
    if (distinct.length < 2) return differs;
    return [
      ...differs,
      violation(
        history,
        "I5",
        `nonce ${nonce} of ${client} got different answers: ${distinct.join("; then ")}`,
      ),
    ];
  });
}

function places(events: readonly { feed: string; seq: number; id: string }[]): string {
  return events.length === 0
    ? "unchanged"
    : events.map(({ feed, seq, id }) => `${feed}#${seq}=${id}`).join(", ");
}
