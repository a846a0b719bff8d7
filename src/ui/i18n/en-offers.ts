// Words about offers and invoices of BOLT 12.

export const offersWords = {
  'pay.issuer': 'Issuer',
  'pay.issuer-unnamed': 'not named',
  'pay.issuer-key': 'Signed by',
  'pay.unrequested':
    'This wallet did not ask for this invoice: nobody checked that it is for what you mean to pay. Pay it only if you trust who gave it to you.',
} as const;
