// `lightning pay status`: what became of an outgoing payment, by payment hash, invoice or preimage.
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { isSkiffError } from '../../src/errors.ts';
import { decodeBolt11 } from '../../src/lightning/bolt11.ts';
import { decodeBolt12InvoiceText } from '../../src/lightning/bolt12/invoice.ts';
import { action } from '../../src/store/actions.ts';
import type { LightningSendState } from '../../src/wallet/actions/lightning-send/state.ts';
import { UsageError } from '../args.ts';
import type { ParsedArgs } from '../args.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';
import { sync } from '../session.ts';
import type { Session } from '../session.ts';

/** bark's names of the steps that Skiff has, too. */
const STATE: Readonly<Record<LightningSendState['step'], string>> = {
  'inputs-locked': 'inputs-locked',
  'cosign-requested': 'inputs-locked',
  reclaiming: 'inputs-locked',
  'htlc-received': 'htlc-received',
  initiated: 'payment-initiated',
  revocable: 'revocable-htlcs',
  stuck: 'revocation-stuck',
};

function paymentHash(args: ParsedArgs): string {
  const filter = args.positional('FILTER');
  const preimage = args.option('preimage');
  if (filter !== undefined && preimage !== undefined)
    throw new UsageError('cannot provide both filter and preimage');
  if (preimage !== undefined) {
    if (!/^[0-9a-f]{64}$/i.test(preimage)) throw new UsageError('the preimage is not 32 bytes of hex');
    return toHex(sha256(fromHex(preimage)));
  }
  if (filter === undefined) throw new UsageError('need to provide a filter');
  if (/^[0-9a-f]{64}$/i.test(filter)) return filter.toLowerCase();
  try {
    const decode = /^lni1/i.test(filter) ? decodeBolt12InvoiceText : decodeBolt11;
    return toHex(decode(nobleCurve, filter).paymentHash);
  } catch (e) {
    if (!isSkiffError(e)) throw e;
    throw refuse('filter is not valid payment hash nor invoice');
  }
}

async function stateOf({ wallet, db }: Session, hash: string) {
  const found = await wallet.paymentStatus(hash);
  if (found.status === 'paid') return { state: 'paid', invoice: null, preimage: found.preimage };
  const row =
    found.status === 'pending' ? await db.read(['actions'], (tx) => action(tx, found.actionId)) : undefined;
  if (!row) return { state: 'unknown', invoice: null, preimage: null };
  const { step, invoice } = row.state as LightningSendState;
  return { state: STATE[step], invoice, preimage: null };
}

export const lightningPayStatus: Command = {
  path: ['lightning', 'pay', 'status'],
  about: 'Get the status of an outgoing lightning payment',
  positionals: [{ name: 'FILTER', optional: true, help: 'Payment hash or invoice' }],
  options: [{ name: 'preimage', value: 'PREIMAGE', help: 'Filter by preimage' }, NO_SYNC],
  async run(session, { args, output }) {
    const hash = paymentHash(args);
    await sync(session, args.flag('no-sync'), output);
    output.json({ payment_hash: hash, ...(await stateOf(session, hash)) });
  },
};
