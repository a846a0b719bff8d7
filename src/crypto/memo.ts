// A bounded memo for values that are dear to compute and public: the least recently used entry leaves first.

export interface Memo<V> {
  get(key: string, make: () => V): V;
  /** Number of entries, never above the capacity. */
  size(): number;
}

/** @param capacity largest number of entries */
export function createMemo<V>(capacity: number): Memo<V> {
  const entries = new Map<string, V>();
  return {
    get(key, make) {
      const known = entries.get(key);
      if (known !== undefined) {
        entries.delete(key);
        entries.set(key, known);
        return known;
      }
      const value = make();
      if (entries.size >= capacity) entries.delete(entries.keys().next().value as string);
      entries.set(key, value);
      return value;
    },
    size: () => entries.size,
  };
}
