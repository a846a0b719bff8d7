// Names of sites that are not plain ASCII. An origin carries them as punycode (`xn--…`), which nobody can read but which is
// never mistaken; decoded, a name can look like another. People are shown both. RFC 3492 and RFC 5890 §2.3.2.1.

const BASE = 36;
const MIN = 1;
const MAX = 26;
const SKEW = 38;
const DAMP = 700;
const PREFIX = 'xn--';

/** RFC 3492 §6.1. */
function adapt(delta: number, points: number, first: boolean): number {
  let rest = Math.floor(delta / (first ? DAMP : 2));
  rest += Math.floor(rest / points);
  let k = 0;
  for (; rest > ((BASE - MIN) * MAX) / 2; k += BASE) rest = Math.floor(rest / (BASE - MIN));
  return k + Math.floor(((BASE - MIN + 1) * rest) / (rest + SKEW));
}

const digitOf = (c: string): number =>
  /[a-z]/.test(c) ? c.charCodeAt(0) - 97 : /\d/.test(c) ? Number(c) + 26 : BASE;

/** The Unicode form of one label's punycode (without `xn--`), RFC 3492 §6.2; undefined when it is none. */
function decode(code: string): string | undefined {
  const split = code.lastIndexOf('-');
  const out = [...code.slice(0, Math.max(split, 0))].map((c) => c.charCodeAt(0));
  const digits = code.slice(split + 1);
  let point = 128;
  let bias = 72;
  let i = 0;
  for (let at = 0; at < digits.length;) {
    const before = i;
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = digitOf(digits[at++] ?? '');
      if (digit >= BASE) return undefined;
      i += digit * weight;
      const threshold = Math.min(Math.max(k - bias, MIN), MAX);
      if (digit < threshold) break;
      weight *= BASE - threshold;
      if (i > 0x7fffffff || weight > 0x7fffffff) return undefined;
    }
    const length = out.length + 1;
    bias = adapt(i - before, length, before === 0);
    point += Math.floor(i / length);
    i %= length;
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
    out.splice(i++, 0, point);
  }
  return String.fromCodePoint(...out);
}

/** Alphabets that share shapes with the Latin one or with each other. */
const SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Hebrew}/u,
  /\p{Script=Arabic}/u,
];

export interface ReadableName {
  /** As it reads; unseen characters are still in it. */
  text: string;
  /** One of its parts is written with letters of more than one alphabet. */
  mixed: boolean;
}

/**
 * How a host name reads, if that is not how it is written.
 * @param host lower case, labels in ASCII, perhaps with a port
 * @returns undefined for a name without punycode (and for one whose punycode is none: then it is shown as it is)
 */
export function readableName(host: string): ReadableName | undefined {
  const labels = host.split('.');
  if (!labels.some((label) => label.startsWith(PREFIX))) return undefined;
  const decoded = labels.map((label) => {
    const [, code, port = ''] = /^xn--([^:]*)(:\d+)?$/.exec(label) ?? [];
    const text = code === undefined ? undefined : decode(code);
    return text === undefined ? label : text + port;
  });
  const mixed = decoded.some((label) => SCRIPTS.filter((script) => script.test(label)).length > 1);
  return { text: decoded.join('.'), mixed };
}
