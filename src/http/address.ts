// Which addresses Skiff may talk to. A page or an LNURL must not be able to make the wallet knock on the person's router:
// outside of regtest names and numbers of private networks are refused. What a public name resolves to cannot be seen
// from a browser; that rest is told in SECURITY.md.
import { SkiffError } from '../errors.ts';

const V4_PRIVATE: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
];

const v4 = (text: string): number => text.split('.').reduce((n, part) => n * 256 + Number(part), 0);

const privateV4 = (host: string): boolean =>
  V4_PRIVATE.some(([base, bits]) => Math.floor(v4(host) / 2 ** (32 - bits)) === v4(base) / 2 ** (32 - bits));

/** Eight 16-bit groups of an IPv6 address in the form the URL parser writes. */
function v6Groups(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((g) => Number.parseInt(g, 16)));
  const left = groups(head);
  if (tail === undefined) return left;
  const right = groups(tail);
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function privateV6(text: string): boolean {
  const g = v6Groups(text);
  const [first = 0] = g;
  const embedded = `${g[6]! >> 8}.${g[6]! & 255}.${g[7]! >> 8}.${g[7]! & 255}`;
  const zeros = (n: number) => g.slice(0, n).every((x) => x === 0);
  if (zeros(6)) return true; // ::, ::1 and the deprecated IPv4-compatible form
  if (zeros(5) && g[5] === 0xffff) return privateV4(embedded); // IPv4-mapped
  if (first === 0x64 && g[1] === 0xff9b) return privateV4(embedded); // NAT64
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 || (first & 0xff00) === 0xff00;
}

/** Does this host name (as `URL.hostname` gives it) belong to a private network, as far as its text can tell? */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  if (host.startsWith('[')) return privateV6(host.slice(1, -1));
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return privateV4(host);
  if (!host.includes('.')) return true; // localhost, router, …
  return /\.(localhost|local|internal|lan|home|home\.arpa|intranet|corp|test|example|invalid)$/.test(host);
}

const refuse = (say: string, host: string): never => {
  throw new SkiffError({ code: 'HTTP_REFUSED', say, details: { host } });
};

/**
 * Parses a URL and checks that it may be fetched.
 * @param privateAllowed regtest, where servers run on the person's own machine
 * @throws SkiffError HTTP_REFUSED
 */
export function checkUrl(text: string, privateAllowed: boolean): URL {
  if (!URL.canParse(text)) return refuse('This is not a web address.', '');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    refuse('Only addresses that start with https:// can be used.', url.hostname);
  if (url.username !== '' || url.password !== '')
    refuse('Addresses that contain a user name or password are not used.', url.hostname);
  if (url.hostname.endsWith('.onion')) refuse('Tor addresses do not work in a browser.', url.hostname);
  if (privateAllowed) return url;
  if (isPrivateHost(url.hostname))
    refuse('This address belongs to a private network; Skiff does not call it.', url.hostname);
  if (url.protocol === 'http:') refuse('Skiff only calls addresses that start with https://.', url.hostname);
  return url;
}
