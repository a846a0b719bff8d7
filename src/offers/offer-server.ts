// The static-invoice server that a person chose instead of the Ark server's own: a Lightning node, where its socket is, and
// the blinded paths by which its operator knows the customer (LDK: `paths_to_static_invoice_server`).
import { fromHex, toHex } from '../crypto/bytes.ts';
import type { Curve } from '../crypto/curve.ts';
import { SkiffError, isSkiffError } from '../errors.ts';
import { checkSocketUrl } from '../http/stream.ts';
import { onePath, writeBlindedPath } from '../lightning/blinded/path.ts';
import type { OfferPeer } from '../store/offer-rows.ts';

/** As a person types it. */
export interface OfferServer {
  /** `<node id>@wss://host:port` */
  server: string;
  /** Blinded paths, hex, with white space or commas between. */
  paths: string;
}

const invalid = (say: string, cause?: unknown): SkiffError =>
  new SkiffError({ code: 'INVALID_ARGUMENT', say, cause });

/** @throws SkiffError INVALID_ARGUMENT, HTTP_REFUSED */
export function readOfferServer(curve: Curve, given: OfferServer, privateAllowed: boolean): OfferPeer {
  const [, id = '', url = ''] = /^\s*([0-9a-f]{66})@(\S+)\s*$/i.exec(given.server) ?? [];
  if (id === '' || !curve.isPoint(fromHex(id)))
    throw invalid('The server is written as its node id, an @ and its address: 02…@wss://host.');
  checkSocketUrl(url, privateAllowed);
  const texts = given.paths.split(/[\s,]+/).filter((text) => text !== '');
  if (texts.length === 0) throw invalid('The operator of the server gives you its paths: enter them, too.');
  try {
    const paths = texts.map((text) => writeBlindedPath(onePath.read(fromHex(text), curve)));
    return { nodeId: fromHex(id), url, paths };
  } catch (error) {
    if (!isSkiffError(error)) throw error;
    throw invalid('These are no paths to a server: ask its operator for them again.', error);
  }
}

export const writeOfferServer = ({ nodeId, url, paths }: OfferPeer): OfferServer => ({
  server: `${toHex(nodeId)}@${url}`,
  paths: paths.map(toHex).join('\n'),
});

/** Is it the same node, address and paths? */
export function isSameServer(a: OfferPeer | undefined, b: OfferPeer | undefined): boolean {
  if (!a || !b) return a === b;
  const [one, other] = [writeOfferServer(a), writeOfferServer(b)];
  return one.server === other.server && one.paths === other.paths;
}
