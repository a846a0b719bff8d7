// A loop-out service with chain and Lightning nodes and no Ark around it, and a client of it made by hand: for tests of the
// service alone, whose power may be cut between any two of its effects.
import { randomBytes } from 'node:crypto';
import { createChain } from '../../../devnet/chain/index.ts';
import type { DevChain } from '../../../devnet/chain/types.ts';
import { devChainSource } from '../../../devnet/chain/source.ts';
import {
  createLightning,
  type LightningNetwork,
  type PaymentResult,
} from '../../../devnet/lightning/network.ts';
import { createSwapService, type SwapService } from '../../../devnet/swaps/service.ts';
import { swapStore } from '../../../devnet/swaps/store.ts';
import type { SwapConfig, SwapPorts } from '../../../devnet/swaps/types.ts';
import { serializeTx, type Tx } from '../../../src/ark/tx.ts';
import { parseTxid } from '../../../src/ark/vtxo-id.ts';
import { scriptToAddress, witnessScript } from '../../../src/bitcoin/address.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { htlcOutput, htlcScript, keyHash, keyHashOf } from '../../../src/swaps/htlc.ts';
import { claimHtlc, htlcClaimFee } from '../../../src/swaps/htlc-spend.ts';
import { sats } from '../../../src/units.ts';

/** The power went out: nothing of this service does anything any more. */
class PowerCut extends Error {}

export interface Cut {
  /** Number of the effect at which the power goes, from 0; counted over the whole life of the desk. */
  at: number;
  when: 'before' | 'after';
}

export interface Desk {
  chain: DevChain;
  lightning: LightningNetwork;
  clock: { ms: number };
  service: SwapService;
  /** Effects so far. */
  effects: string[];
  /** Has the power gone? */
  dark(): boolean;
  /** A new service over what the old one had saved, with power. */
  restart(): Promise<void>;
  /** Lets everything happen that is going to, through power cuts. */
  settle(): Promise<void>;
  mine(blocks?: number): Promise<void>;
}

/** Wraps every effect of the ports; at the cut they throw, from then on for ever. */
function withPowerCuts(
  ports: SwapPorts,
  effects: string[],
  cut: Cut | undefined,
  goes: () => void,
): SwapPorts {
  let dark = false;
  const start = effects.length;
  const effect = <A extends unknown[], R>(name: string, run: (...args: A) => R) => {
    return (...args: A): R => {
      const here = !dark && cut !== undefined && effects.length - start === cut.at;
      if (here) {
        dark = true;
        goes();
      }
      if (dark && !(here && cut.when === 'after')) throw new PowerCut(name);
      effects.push(name);
      const result = run(...args);
      if (here) throw new PowerCut(name);
      return result;
    };
  };
  const { store, node, chain } = ports;
  return {
    ...ports,
    store: { all: () => store.all(), save: effect('save', (r) => store.save(r)) },
    node: {
      ...node,
      holdInvoice: effect('invoice', (r) => node.holdInvoice(r)),
      settleHold: effect('settle', (p) => node.settleHold(p)),
      cancelHold: effect('cancel', (h) => node.cancelHold(h)),
    },
    chain: { ...chain, broadcast: effect('broadcast', (raw) => chain.broadcast(raw)) },
  };
}

export async function openDesk(
  options: { config?: Partial<SwapConfig>; cut?: Cut; poor?: boolean } = {},
): Promise<Desk> {
  const clock = { ms: Date.now() };
  const now = () => clock.ms;
  const chain = createChain({ now, txDump: process.env.SKIFF_TX_DUMP });
  const seed = new Uint8Array(randomBytes(32));
  const lightning = createLightning({ curve, now, seed });
  const store = swapStore();
  const effects: string[] = [];
  let isDark = false;
  const ports = (cut?: Cut): SwapPorts =>
    withPowerCuts(
      {
        curve,
        chain: devChainSource(chain),
        node: {
          holdInvoice: (r) => lightning.holdInvoice(r),
          hold: (h) => lightning.hold(h),
          settleHold: (p) => lightning.settleHold(p),
          cancelHold: (h) => lightning.cancelHold(h),
          tip: () => chain.height(),
        },
        store,
        now,
        random: (n) => new Uint8Array(randomBytes(n)),
        seed,
        log: () => undefined,
        ...(options.poor ? {} : { topUp: (script, amount) => void chain.pay(script, amount) }),
      },
      effects,
      cut,
      () => (isDark = true),
    );
  const desk: Desk = {
    chain,
    lightning,
    clock,
    service: createSwapService(ports(options.cut), options.config),
    effects,
    dark: () => isDark,
    async restart() {
      await desk.service.stop();
      isDark = false;
      desk.service = createSwapService(ports(), options.config);
      await desk.service.tick();
    },
    async settle() {
      await desk.service.tick();
      await desk.service.idle();
    },
    async mine(blocks = 1) {
      for (let i = 0; i < blocks; i++) {
        chain.mine(1);
        await desk.settle();
      }
    },
  };
  return desk;
}

export interface HandClient {
  preimage: Uint8Array;
  hash: string;
  secret: Uint8Array;
  address: string;
}

export function handClient(preimage = new Uint8Array(randomBytes(32))): HandClient {
  const secret = new Uint8Array(randomBytes(32));
  const address = scriptToAddress(witnessScript(0, keyHash(curve.publicKey(secret))), 'regtest')!;
  return { preimage, hash: toHex(sha256(preimage)), secret, address };
}

/** Pays the invoice; the promise resolves when the payment has ended. */
export const pay = (desk: Desk, invoice: string, amountMsat: bigint): Promise<PaymentResult> =>
  desk.lightning.pay({ invoice, amountMsat, maxFeeMsat: 100_000n, maxCltv: 500 });

/** The client's claim of a loop-out that is locked at this txid. */
export function claimOf(
  client: HandClient,
  locked: { txid: string; vout: number; value: number },
  terms: { refundAddress: string; sized: boolean; delay?: number },
): Tx {
  const script = htlcScript({
    hash: sha256(client.preimage),
    claim: keyHashOf(client.address, 'regtest'),
    refund: keyHashOf(terms.refundAddress, 'regtest'),
    delay: terms.delay ?? 40,
    sized: terms.sized,
  });
  const to = witnessScript(0, keyHash(curve.publicKey(client.secret)));
  const plan = {
    locked: {
      point: { txid: parseTxid(locked.txid), vout: locked.vout },
      value: sats(locked.value),
      script: htlcOutput(script),
    },
    to,
    fee: htlcClaimFee(2, to, script),
  };
  return claimHtlc(curve, plan, { script, preimage: client.preimage, secret: client.secret });
}

export const rawOf = (tx: Tx): Uint8Array => serializeTx(tx);
