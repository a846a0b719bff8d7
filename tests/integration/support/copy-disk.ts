// A copy of a wallet's disk (fake-indexeddb): a test plays the same scene many times from the same start. Only for disks
// that no instance has open. A copy forgets finished transactions, which the original would drag along for ever.
import { IDBFactory } from 'fake-indexeddb';

/** A deep copy with classes; functions and bytes are shared. */
function copy<T>(value: T, done: Map<object, unknown>): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const present = done.get(value);
  if (present !== undefined) return present as T;
  if (value instanceof Map) {
    const map = new Map<unknown, unknown>();
    done.set(value, map);
    for (const [key, one] of value) map.set(copy(key, done), copy(one, done));
    return map as T;
  }
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    done.set(value, list);
    for (const one of value) list.push(copy(one, done));
    return list as T;
  }
  const object = Object.create(Object.getPrototypeOf(value) as object) as Record<string, unknown>;
  done.set(value, object);
  for (const [name, one] of Object.entries(value)) object[name] = copy(one, done);
  return object as T;
}

interface RawDatabase {
  name: string;
  version: number;
  rawObjectStores: Map<string, { rawDatabase: RawDatabase }>;
  connections: unknown[];
}

/** @throws Error when an instance has it open */
export function copyDisk(disk: IDBFactory): IDBFactory {
  const fresh = new IDBFactory() as IDBFactory & { _databases: Map<string, RawDatabase> };
  for (const [name, raw] of (disk as typeof fresh)._databases) {
    if (raw.connections.length > 0) throw new Error(`${name} is open`);
    // Made by its own class, so that its methods are bound to it and its list of transactions is empty.
    const twin = new (raw.constructor as new (name: string, version: number) => RawDatabase)(
      name,
      raw.version,
    );
    twin.rawObjectStores = copy(raw.rawObjectStores, new Map<object, unknown>([[raw, twin]]));
    fresh._databases.set(name, twin);
  }
  return fresh;
}
