// How vector files are compared: every leaf of a file is either compared or read as an input, and both are counted.
import { toHex } from '../../src/crypto/bytes.ts';
import { SkiffError } from '../../src/errors.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface Check {
  /**
   * Compares what the code made with what the file says. Uint8Array counts as its hex, bigint and number as their
   * decimal text, undefined as null; arrays and objects are compared leaf by leaf (same keys, same lengths).
   */
  (actual: unknown, expected: unknown, label: string): void;
  /** Counts one comparison: `fn` must throw a SkiffError and nothing else. */
  refuses(fn: () => unknown, label: string): void;
  /** Marks values of the file that only describe (error texts, notes). */
  informative(...values: unknown[]): void;
}

export interface Outcome {
  passed: number;
  failed: number;
  failures: string[];
  /** Paths of leaves that nobody looked at. */
  untouched: string[];
}

const isNode = (v: unknown): v is Json[] | { [key: string]: Json } =>
  typeof v === 'object' && v !== null && !(v instanceof Uint8Array);

/** Every leaf's path. An empty array or object is a leaf, too. */
function leaves(value: Json, path = ''): string[] {
  if (!isNode(value)) return [path];
  const entries = Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([k, v]) => leaves(v as Json, `${path}/${k}`));
}

/** `data` behind proxies that note every leaf that is read. */
function recorded<T extends Json>(data: T, path: string, seen: Set<string>): T {
  if (!isNode(data)) return data;
  const inner = new Map<string | symbol, unknown>();
  return new Proxy(data, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver);
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return value;
      const at = `${path}/${key}`;
      if (!isNode(value) || Object.keys(value).length === 0) seen.add(at);
      if (!isNode(value)) return value;
      if (!inner.has(key)) inner.set(key, recorded(value, at, seen));
      return inner.get(key);
    },
  }) as T;
}

const text = (v: unknown): string => {
  if (v instanceof Uint8Array) return toHex(v);
  return v === undefined || v === null ? 'null' : String(v);
};

function createCheck(outcome: Outcome): Check {
  const count = (ok: boolean, label: string, why: () => string) => {
    if (ok) outcome.passed += 1;
    else {
      outcome.failed += 1;
      outcome.failures.push(`${label}: ${why()}`);
    }
  };
  const compare = (actual: unknown, expected: unknown, label: string): void => {
    if (!isNode(expected)) {
      const same = !isNode(actual) && text(actual) === text(expected);
      return count(same, label, () => `made ${text(actual)}, file says ${text(expected)}`);
    }
    if (!isNode(actual)) {
      return count(
        false,
        label,
        () => `made ${text(actual)}, file has a ${Array.isArray(expected) ? 'list' : 'record'}`,
      );
    }
    const keys = new Set([
      ...Object.keys(expected),
      ...Object.keys(actual).filter((k) => (actual as never)[k] !== undefined),
    ]);
    if (keys.size === 0) return count(true, label, () => '');
    for (const key of keys) compare((actual as never)[key], (expected as never)[key], `${label}.${key}`);
  };
  return Object.assign(compare, {
    refuses: (fn: () => unknown, label: string) => {
      let thrown: unknown;
      let value: unknown;
      try {
        value = fn();
      } catch (e) {
        thrown = e;
      }
      count(thrown instanceof SkiffError, label, () =>
        thrown ? `threw ${String(thrown)}` : `accepted: ${text(value)}`,
      );
    },
    informative: () => {},
  });
}

/** Runs one comparer over one file's data. */
export async function runComparer(
  data: Json,
  compare: (data: never, check: Check) => void | Promise<void>,
): Promise<Outcome> {
  const outcome: Outcome = { passed: 0, failed: 0, failures: [], untouched: [] };
  const seen = new Set<string>(['/about']);
  try {
    await compare(recorded(data, '', seen) as never, createCheck(outcome));
  } catch (e) {
    outcome.failed += 1;
    outcome.failures.push(`comparer stopped: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`);
  }
  outcome.untouched = leaves(data).filter((path) => !seen.has(path));
  return outcome;
}
