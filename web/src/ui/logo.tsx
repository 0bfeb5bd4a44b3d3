/** The mark: two voices, face to face. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="2 2 28.5 27.5" aria-hidden="true" className="shrink-0">
      <path className="fill-accent" d="M3 12.5a9.5 9.5 0 1 1 9.5 9.5H4.8A1.8 1.8 0 0 1 3 20.2Z" />
      <path
        className="fill-mark stroke-(--mark-gap,var(--canvas))"
        strokeWidth="2"
        paintOrder="stroke"
        d="M29.5 20.5a8 8 0 1 0-8 8h6.4a1.6 1.6 0 0 0 1.6-1.6Z"
      />
    </svg>
  );
}
