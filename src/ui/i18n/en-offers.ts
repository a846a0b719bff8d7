// Words about offers and invoices of BOLT 12.

export const offersWords = {
  'offer.tab': 'Offer',
  'offer.title': 'Your offer',
  'offer.help':
    'Anyone with a Lightning wallet can pay this, any amount, as often as they like. Payments come in while your wallet sleeps, too: the money waits for you at the server.',
  'offer.kept': 'Your server answers for {kept} offers while you are away.',
  'offer.kept-some': 'Your server answers for {kept} offers while you are away; more are being set up.',
  'offer.another': 'Another offer',
  'offer.making': 'Making your offer…',
  'offer.preparing': 'Your server is setting the offer up. Try again in a moment.',
  'offer.unsupported':
    'Your Ark server cannot take payments for offers, so Skiff makes none: one that nobody could pay would be worse than none.',
  'offer.instead': 'Make an invoice instead: that works with this server.',
  'pay.issuer': 'Issuer',
  'pay.issuer-unnamed': 'not named',
  'pay.issuer-key': 'Signed by',
  'pay.unrequested':
    'This wallet did not ask for this invoice: nobody checked that it is for what you mean to pay. Pay it only if you trust who gave it to you.',
} as const;
