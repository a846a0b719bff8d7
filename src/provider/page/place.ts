// Where the page's side of the provider is there at all: the background decides who may ask, this spares the others a wallet
// that only refuses.

/** Not in opaque origins (sandboxes), and not where a page around this frame came over plain http. */
export const maySpeak = ({ origin, isSecureContext }: Pick<Window, 'origin' | 'isSecureContext'>): boolean =>
  origin !== 'null' && isSecureContext;
