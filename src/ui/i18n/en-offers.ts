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
  'offer.via-mailbox':
    'Messages about your offers come through your Ark server, which keeps them while you are away.',
  'offer.connected': 'Connected to {server}, which answers for your offers while you are away.',
  'offer.connecting': 'Connecting to {server}…',
  'offer.idle': 'Not connected to {server} right now. It keeps what comes in, as far as its operator allows.',
  'offer.away': '{server} does not answer. Skiff tries again by itself; who pays you waits until then.',
  'settings.offers': 'Offers',
  'settings.offer-server': 'Static-invoice server',
  'settings.offer-paths': 'Your paths to it',
  'settings.offers-help':
    'A Lightning node that answers for your offers while this wallet sleeps. Its operator gives you its address, as node id@wss://host, and your paths. Leave both empty to use your Ark server’s own. Whoever has an offer from another server can no longer pay it.',
  'offer.instead': 'Make an invoice instead: that works with this server.',
  'pay.issuer': 'Issuer',
  'pay.issuer-unnamed': 'not named',
  'pay.issuer-key': 'Signed by',
  'pay.unrequested':
    'This wallet did not ask for this invoice: nobody checked that it is for what you mean to pay. Pay it only if you trust who gave it to you.',
} as const;
