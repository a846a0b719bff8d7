// Has this wallet paid that recipient before? A node is known by its key, whatever the invoice; an address by its text.
// A site that asks for somebody who was never paid may be another site than it seems.
import type { Curve } from '../crypto/curve.ts';
import { toHex } from '../crypto/bytes.ts';
import { decodeBolt11 } from '../lightning/bolt11.ts';
import { history } from '../store/movements.ts';
import type { Db } from '../store/port.ts';

/** Lines of the history that are looked at: decoding an invoice takes a millisecond or two. */
const RECENT = 200;

export interface Payees {
  /** @param way what would be paid: the text of an invoice, an address, an offer */
  paidBefore(way: string): Promise<boolean>;
}

/** Remembers, for the worker's life, whose the invoices of the history are. */
export function createPayees(db: () => Promise<Db>, curve: Curve): Payees {
  const names = new Map<string, string>();

  function nameOf(text: string): string {
    const known = names.get(text);
    if (known !== undefined) return known;
    let name = text;
    try {
      name = toHex(decodeBolt11(curve, text).payee);
    } catch {
      // No invoice: it is its own name.
    }
    names.set(text, name);
    return name;
  }

  return {
    async paidBefore(way) {
      const lines = await (await db()).read(['movements'], (tx) => history(tx, { limit: RECENT }));
      const wanted = nameOf(way);
      return lines.some(
        ({ status, sentTo }) =>
          status === 'successful' && sentTo.some(({ value }) => nameOf(value) === wanted),
      );
    },
  };
}
