// What a refused command must not leave behind.
import type { Instance } from './wallets.ts';

/** Rows that a refused command must not leave behind. */
export async function traces({ db }: Instance): Promise<unknown> {
  return db.read(['actions', 'coins', 'movements', 'keys', 'onchainUtxos', 'paidInvoices'], async (tx) => ({
    actions: await tx.count('actions'),
    movements: await tx.count('movements'),
    keys: await tx.count('keys'),
    coins: await tx.query('coins'),
    paid: await tx.count('paidInvoices'),
    utxos: await tx.query('onchainUtxos'),
  }));
}
