// Going back in time, for tests that play the same scene hundreds of times from the same start. Containers and rows are
// written back in place, so that everything which holds on to them goes on working.

export type Rewind = () => void;

/** Rows of maps of lists, such as payment attempts, lie this deep; below it nothing changes. */
const DEPTH = 4;

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !Object.isFrozen(value);
};

/** Remembers maps, sets, lists and plain objects from `value` downwards. The answer may be called again and again. */
export function remember(value: unknown, depth = DEPTH): Rewind {
  if (typeof value !== 'object' || value === null || depth === 0) return () => undefined;
  const inside = (values: Iterable<unknown>): Rewind => {
    const all = [...values].flatMap((v) =>
      typeof v === 'object' && v !== null ? [remember(v, depth - 1)] : [],
    );
    return () => all.forEach((rewind) => rewind());
  };
  if (value instanceof Map) {
    const map = value as Map<unknown, unknown>;
    const entries = [...map];
    const rewind = inside(map.values());
    return () => {
      map.clear();
      for (const [key, one] of entries) map.set(key, one);
      rewind();
    };
  }
  if (value instanceof Set) {
    const set = value as Set<unknown>;
    const members = [...set];
    return () => {
      set.clear();
      for (const one of members) set.add(one);
    };
  }
  if (Array.isArray(value)) {
    const list = value as unknown[];
    const items = [...list];
    const rewind = inside(items);
    return () => {
      list.splice(0, list.length, ...items);
      rewind();
    };
  }
  if (!isPlain(value)) return () => undefined;
  const row = value as Record<string, unknown>;
  const fields = { ...row };
  const rewind = inside(Object.values(fields));
  return () => {
    for (const name of Object.keys(row)) if (!(name in fields)) delete row[name];
    Object.assign(row, fields);
    rewind();
  };
}
