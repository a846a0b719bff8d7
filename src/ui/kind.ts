// Names of what was pasted, for people.
const KINDS = ['bolt11', 'bolt12', 'ark', 'offer', 'lightning-address', 'lnurl'] as const;

/** The word for a kind of payment request. */
export const kindName = (kind: string): `kind.${(typeof KINDS)[number] | 'other'}` =>
  `kind.${KINDS.find((one) => one === kind) ?? 'other'}`;
