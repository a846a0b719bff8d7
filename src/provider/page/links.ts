// Clicks on `lightning:` links. Only a person's own click counts (isTrusted), and only the scheme decides: a normal
// address that merely contains "lightning" is left alone.

const isLightning = (node: EventTarget): node is HTMLAnchorElement =>
  node instanceof HTMLAnchorElement && node.protocol === 'lightning:';

/** What a click asks to pay, or undefined when it is none of our business. Looks through shadow roots. */
function lightningLink(event: MouseEvent): string | undefined {
  if (!event.isTrusted || event.button !== 0 || event.defaultPrevented) return undefined;
  return event.composedPath().find(isLightning)?.href;
}

/** Catches the links of a window before the page or the system's handler does. */
export function catchLinks(window: Window, pay: (href: string) => void): void {
  const opens = (event: MouseEvent): void => {
    const href = lightningLink(event);
    if (href === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    pay(href);
  };
  window.addEventListener('click', opens, { capture: true });
}
