// Several wallets in one browser: `window.webln` has room for one, so each of them also says its name by an event, and
// again when a page asks (the pattern of EIP-6963, with `webln:` names). A page that lists what it hears lets the person
// choose, whoever came first.

const ANNOUNCE = 'webln:announceProvider';
const REQUEST = 'webln:requestProvider';

/** Says who is there, now and whenever the page asks. The identity of one page load is drawn by `uuid`. */
export function announce(window: Window, provider: object, uuid: string): void {
  const info = Object.freeze({ uuid, name: 'Skiff', icon: ICON, rdns: 'wallet.skiff' });
  const detail = Object.freeze({ info, provider });
  const say = (): void => void window.dispatchEvent(new CustomEvent(ANNOUNCE, { detail }));
  window.addEventListener(REQUEST, say);
  say();
}

/** The boat, as pages may show it beside the name. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 48 48'><g fill='#0b5f66'><path d='M23 6v24H9.5C14.5 25 20 17 23 6Z'/><path d='M26 13c3.5 5.5 7.5 11.5 11.5 17H26Z' opacity='.55'/></g><path d='M5 33h38c-2 5.5-6 9-11.5 9h-15C11 42 7 38.5 5 33Z' fill='#15191c'/></svg>",
)}`;
