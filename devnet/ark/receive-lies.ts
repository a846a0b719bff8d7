// What a dishonest server could answer to a wallet that wants to receive: an invoice that says something else, coins that
// are not worth the preimage. One lie at a time, chosen in the settings.
import { encodeBolt11, signWith, type InvoiceFields } from '../../src/lightning/bolt11-encode.ts';
import type { ArkoorOutput } from '../../src/ark/arkoor-allocation.ts';
import type { HtlcReceivePolicy } from '../../src/ark/policy.ts';
import { decodeVtxo, encodeVtxo, type Vtxo } from '../../src/ark/vtxo.ts';
import { msats, sats } from '../../src/units.ts';
import type { ArkContext } from './context.ts';
import type { NewInvoice } from './receives.ts';

const INVOICE_LIES = {
  'invoice-hash': { paymentHash: new Uint8Array(32).fill(7) },
  'invoice-network': { network: 'mainnet' },
  'invoice-description': { description: 'something else' },
  'invoice-final-delta': { minFinalCltv: 18 },
  'invoice-time': { timestamp: 1_700_000_000 },
  'invoice-expiry': { expirySeconds: 1 },
} as const satisfies Record<string, Partial<InvoiceFields>>;

export const RECEIVE_LIES = [
  ...(Object.keys(INVOICE_LIES) as (keyof typeof INVOICE_LIES)[]),
  'invoice-amount',
  'invoice-garbage',
  'foreign-hash',
  'foreign-key',
  'plain-policy',
  'old-policy',
  'early-expiry',
  'long-delta',
  'short',
  'twice',
  'none',
  'tree-expiry',
  'exit-delta',
  'server-key',
  'signature',
  'bytes',
] as const;
export type ReceiveLie = (typeof RECEIVE_LIES)[number];

/** The invoice, or another one for the same wish. */
export function bendInvoice(ctx: ArkContext, wanted: NewInvoice, honest: string): string {
  const lie = ctx.config.receiveLie;
  if (lie === 'invoice-garbage') return `${honest.slice(0, -1)}${honest.endsWith('q') ? 'p' : 'q'}`;
  const change: Partial<InvoiceFields> | undefined =
    lie === 'invoice-amount'
      ? { amount: msats(wanted.amount * 1000n + 1n) }
      : INVOICE_LIES[lie as keyof typeof INVOICE_LIES];
  if (change === undefined) return honest;
  return encodeBolt11(
    {
      network: 'regtest',
      amount: msats(wanted.amount * 1000n),
      timestamp: Math.floor(ctx.now() / 1000),
      paymentHash: wanted.paymentHash,
      paymentSecret: ctx.random(32),
      description: wanted.description ?? '',
      expirySeconds: ctx.config.invoiceExpirySecs,
      minFinalCltv: wanted.cltvDelta,
      ...change,
    },
    signWith(ctx.curve, ctx.random(32)),
  );
}

/** What is really handed out, fully signed. */
export function bendOutput(
  ctx: ArkContext,
  honest: ArkoorOutput & { policy: HtlcReceivePolicy },
): ArkoorOutput {
  const { policy, amount } = honest;
  const other = (change: Partial<HtlcReceivePolicy>) => ({ amount, policy: { ...policy, ...change } });
  switch (ctx.config.receiveLie) {
    case 'foreign-hash':
      return other({ paymentHash: ctx.random(32) });
    case 'foreign-key':
      return other({ userPubkey: ctx.curve.publicKey(ctx.random(32)) });
    case 'old-policy':
      return other({ version: 0 });
    case 'early-expiry':
      return other({ htlcExpiry: policy.htlcExpiry - 1 });
    case 'long-delta':
      return other({ htlcExpiryDelta: policy.htlcExpiryDelta + 1 });
    case 'short':
      return { amount: sats(amount - 1n), policy };
    default:
      return honest;
  }
}

const CHANGES: Readonly<Record<string, (ctx: ArkContext, vtxo: Vtxo) => Partial<Vtxo>>> = {
  'plain-policy': (_ctx, { policy }) => ({ policy: { type: 'pubkey', userPubkey: policy.userPubkey } }),
  'tree-expiry': (ctx) => ({ expiryHeight: ctx.chain.height() + 11 }),
  'exit-delta': (_ctx, { exitDelta }) => ({ exitDelta: exitDelta - 1 }),
  'server-key': (ctx) => ({ serverPubkey: ctx.curve.publicKey(ctx.random(32)) }),
  signature: (_ctx, { genesis }) => ({
    genesis: genesis.map((item, i) => {
      const { transition } = item;
      if (i < genesis.length - 1 || !('signature' in transition) || !transition.signature) return item;
      const signature = transition.signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
      return { ...item, transition: { ...transition, signature } };
    }),
  }),
};

/** The coins as they are shown. */
export function bendGrant<A extends { htlcVtxos: Uint8Array[] }>(ctx: ArkContext, honest: A): A {
  const lie = ctx.config.receiveLie ?? '';
  const [first = new Uint8Array(), ...rest] = honest.htlcVtxos;
  const change = CHANGES[lie];
  if (change !== undefined) {
    const vtxo = decodeVtxo(ctx.curve, first, 'full');
    return { ...honest, htlcVtxos: [encodeVtxo({ ...vtxo, ...change(ctx, vtxo) }, 'full'), ...rest] };
  }
  if (lie === 'twice') return { ...honest, htlcVtxos: [first, ...rest, first] };
  if (lie === 'none') return { ...honest, htlcVtxos: [] };
  if (lie === 'bytes') return { ...honest, htlcVtxos: [first.subarray(1), ...rest] };
  return honest;
}
