// Blinded paths as they lie in offers, invoices and onion messages (BOLT 4, `blinded_path`): reading and writing.
import { concat } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { point } from '../forms.ts';
import type { Form } from '../tlv.ts';
import { readAll, readMany, wireError, writeInt } from '../wire.ts';
import type { Reader } from '../wire.ts';

/** First node of a path: its 33-byte key, or a channel with a direction (0: the end with the lesser key). */
export type Introduction =
  { readonly nodeId: Bytes } | { readonly shortChannelId: bigint; readonly direction: 0 | 1 };

export interface BlindedHop {
  /** Blinded node id, 33 bytes. */
  nodeId: Bytes;
  /** encrypted_recipient_data. */
  data: Bytes;
}

export interface BlindedPath {
  introduction: Introduction;
  /** first_path_key, 33 bytes: what the introduction node unblinds with. */
  pathKey: Bytes;
  /** At least one; the first is the introduction node's. */
  hops: BlindedHop[];
}

function readIntroduction(reader: Reader, curve: Curve): Introduction {
  const first = reader.take(1);
  const [kind] = first;
  if (kind === 0 || kind === 1) return { direction: kind, shortChannelId: reader.u64() };
  if (kind !== 2 && kind !== 3) throw wireError('InvalidValue', 'first node of a path');
  return { nodeId: point.read(concat(first, reader.take(32)), curve) };
}

/** Reads one path off the front. @throws SkiffError INVALID_ENCODING. */
function takeBlindedPath(reader: Reader, curve: Curve): BlindedPath {
  const introduction = readIntroduction(reader, curve);
  const pathKey = point.read(reader.take(33), curve);
  const count = reader.int(1);
  if (count === 0) throw wireError('InvalidValue', 'path without hops');
  const hops = Array.from({ length: count }, () => ({
    nodeId: point.read(reader.take(33), curve),
    data: reader.take(reader.int(2)),
  }));
  return { introduction, pathKey, hops };
}

/** Bytes of a path. */
export function writeBlindedPath({ introduction, pathKey, hops }: BlindedPath): Bytes {
  const start =
    'nodeId' in introduction
      ? introduction.nodeId
      : concat(Uint8Array.of(introduction.direction), writeInt(introduction.shortChannelId, 8));
  const rest = hops.flatMap(({ nodeId, data }) => [nodeId, writeInt(data.length, 2), data]);
  return concat(start, pathKey, Uint8Array.of(hops.length), ...rest);
}

/** One path that fills the bytes. */
export const onePath: Form<BlindedPath> = {
  read: (value, curve) => readAll(value, (reader) => takeBlindedPath(reader, curve)),
  write: writeBlindedPath,
};

/** Paths back to back, no count. */
export const manyPaths: Form<BlindedPath[]> = {
  read: (value, curve) => readMany(value, (reader) => takeBlindedPath(reader, curve)),
  write: (paths) => concat(...paths.map(writeBlindedPath)),
};
