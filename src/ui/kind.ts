// Names of what was pasted, for people.
const KINDS = [
  'bolt11',
  'bolt12',
  'ark',
  'offer',
  'lightning-address',
  'lnurl',
  'bitcoin',
  'output-script',
  'silent-payment',
  'private-payment',
  'arkade',
] as const;

/** The word for a kind of payment request. */
export const kindName = (kind: string): `kind.${(typeof KINDS)[number] | 'other'}` =>
  `kind.${KINDS.find((one) => one === kind) ?? 'other'}`;

/** As the history names methods: an invoice is what everybody calls it there. */
export const methodName = (type: string): ReturnType<typeof kindName> =>
  kindName(type === 'invoice' ? 'bolt11' : type);
