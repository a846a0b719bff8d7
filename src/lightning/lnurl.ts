// LNURL texts (LUD-01 bech32, LUD-17 schemes): decoded to the URL they stand for, named by what they are for.
// Nothing is fetched here.
import { bech32 } from '@scure/base';
import { SkiffError } from '../errors.ts';

export interface Lnurl {
  /** https, or http for an onion host or this very machine. */
  url: string;
  host: string;
  /** What the link says it is for; bech32 links do not say (`unknown`), except sign-in links. */
  purpose: 'pay' | 'withdraw' | 'channel' | 'auth' | 'unknown';
}

/** Longest bech32 text other wallets read (code length of BIP 173's generator). */
const MAX_BECH32 = 1023;
const MAX_URL = Math.floor(((MAX_BECH32 - 'lnurl1'.length - 6) * 5) / 8);

const SCHEMES: ReadonlyArray<[RegExp, Lnurl['purpose']]> = [
  [/^lnurlp:(\/\/)?/i, 'pay'],
  [/^lnurlw:(\/\/)?/i, 'withdraw'],
  [/^lnurlc:(\/\/)?/i, 'channel'],
  [/^keyauth:(\/\/)?/i, 'auth'],
];

const invalid = (reason: string, cause?: unknown): SkiffError =>
  new SkiffError({
    code: 'INVALID_ARGUMENT',
    say: 'This LNURL link is damaged.',
    details: { reason },
    cause,
  });

/** This machine itself: a service of a devnet, which has no certificate. Who may call it is for the fetch to say. */
const isLoopback = (host: string): boolean => host === 'localhost' || host === '127.0.0.1';

const isOnion = (host: string): boolean => host.replace(/\.+$/, '').toLowerCase().endsWith('.onion');

function checkUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw invalid('url', cause);
  }
  if (url.username !== '' || url.password !== '') throw invalid('credentials in the address');
  if (url.hostname === '') throw invalid('no host');
  if (url.href.length > MAX_URL) throw invalid('too long');
  return url;
}

/** Is this the bech32 form or one of the LUD-17 schemes? */
export const isLnurl = (text: string): boolean =>
  /^lnurl1/i.test(text) || SCHEMES.some(([scheme]) => scheme.test(text));

function decodeBech32(text: string): Lnurl {
  let decoded: string;
  try {
    const lower = text === text.toUpperCase() ? text.toLowerCase() : text;
    const { words } = bech32.decode(lower as `${string}1${string}`, MAX_BECH32);
    decoded = new TextDecoder('utf-8', { fatal: true }).decode(bech32.fromWords(words));
  } catch (cause) {
    throw invalid('bech32', cause);
  }
  const url = checkUrl(decoded);
  const secure =
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && (isOnion(url.hostname) || isLoopback(url.hostname)));
  if (!secure) throw invalid('scheme');
  const purpose = url.searchParams.get('tag') === 'login' ? 'auth' : 'unknown';
  return { url: url.href, host: url.host, purpose };
}

/**
 * Decodes `lnurl1…` (either case) or a LUD-17 link. https becomes http for onion hosts only.
 * @throws SkiffError INVALID_ARGUMENT.
 */
export function decodeLnurl(text: string): Lnurl {
  const scheme = SCHEMES.find(([pattern]) => pattern.test(text));
  if (scheme === undefined) return decodeBech32(text);
  const rest = text.replace(scheme[0], '');
  if (/^[/\\]/.test(rest)) throw invalid('slashes before the host');
  const secure = checkUrl(`https://${rest}`);
  const url = isOnion(secure.hostname) ? checkUrl(`http://${rest}`) : secure;
  return { url: url.href, host: url.host, purpose: scheme[1] };
}
