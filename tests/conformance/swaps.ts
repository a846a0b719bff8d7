// Chains for Bitcoin Core's consensus code on which swaps are claimed and refunded: by the tutorial's script with its delay in
// blocks, and by the Boltz tree with its height. A block that holds the refund one block too early goes before each, as one
// that has to be refused.
import { deepStrictEqual, strictEqual } from 'node:assert';
import { writeFileSync } from 'node:fs';

import { mineBlock, subsidy } from '../../devnet/chain/block.ts';
import { readTx } from '../../devnet/chain/tx.ts';
import { lockedOf, refundHeight, refundOf, reverseOf } from '../../devnet/swaps/contract.ts';
import { refundAddress, refundSecret } from '../../devnet/swaps/keys.ts';
import type { BoltzRequest, LoopRequest } from '../../devnet/swaps/types.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { claimByLeaf } from '../../src/swaps/boltz/spend.ts';
import { sats } from '../../src/units.ts';
import {
  claimOf,
  handClient,
  openDesk,
  pay,
  rawOf,
  type Desk,
  type HandClient,
} from '../integration/support/swap-desk.ts';

const SATS = 50_000;

const byLoop =
  (sized: boolean) =>
  (client: HandClient): LoopRequest => ({
    kind: 'loop',
    htlcClaimAddress: client.address,
    hash: client.hash,
    loopOutSats: SATS,
    sized,
  });
const byBoltz = (client: HandClient): BoltzRequest => ({
  kind: 'boltz',
  hash: client.hash,
  claimPublicKey: toHex(curve.publicKey(client.secret)),
  onchainAmount: SATS,
});

/** Paid, and locked in a block. */
async function locked(desk: Desk, request: (client: HandClient) => LoopRequest | BoltzRequest) {
  const client = handClient();
  const { invoice, invoiceSats } = await desk.service.create(request(client));
  void pay(desk, invoice!, BigInt(invoiceSats) * 1000n);
  const record = () => desk.service.find(client.hash)!;
  while (!record().lockup) await desk.settle();
  await desk.settle();
  await desk.mine();
  return { client, record };
}

const refundAddressOf = ({ service: { ports } }: Desk, key: number): string =>
  refundAddress(curve, 'regtest', refundSecret(ports.seed, key));

/** The next block with this transaction in it, whatever the devnet thinks of that. */
function blockWith({ chain }: Desk, raw: string): string {
  const { hash, height } = chain.tip();
  const tx = readTx(raw);
  return toHex(
    mineBlock({
      previous: hash,
      height: height + 1,
      time: chain.medianTime() + 1,
      reward: { value: subsidy(height + 1), script: tx.outputs[0]!.script },
      others: [tx],
      extra: 1_000_000,
    }).raw,
  );
}

/** Writes the chain with its refused blocks to `file`, for kernel_check.py. */
export async function swapBlocks(file: string): Promise<void> {
  const desk = await openDesk();
  const refused = new Map<number, string>();
  const { ports, config, purse } = desk.service;

  for (const request of [byLoop(false), byLoop(true), byBoltz]) {
    const { client, record } = await locked(desk, request);
    const at = refundHeight(record(), desk.chain.tx(record().lockup!.txid)!.block!.height)!;
    await desk.mine(at - 2 - desk.chain.height());
    refused.set(desk.chain.height(), blockWith(desk, refundOf(ports, config, record(), purse.script, 2).raw));
    await desk.mine(2);
    strictEqual(
      desk.chain.tx(record().refund!.txid)?.block?.height,
      at,
      'the refund is in the first block that may hold it',
    );
    await desk.mine(3);
    deepStrictEqual([record().state, desk.lightning.hold(client.hash)?.state], ['Refunded', 'canceled']);
  }

  for (const request of [byLoop(false), byLoop(true), byBoltz]) {
    const { client, record } = await locked(desk, request);
    const { request: asked, lockup } = record();
    const at = { txid: lockup!.txid, vout: lockup!.vout, value: SATS };
    const plan = { locked: lockedOf(ports, config, record()), to: purse.script, fee: sats(400n) };
    const signer = { secret: client.secret, aux: ports.random(32), preimage: client.preimage };
    const claim =
      asked.kind === 'loop'
        ? claimOf(client, at, { refundAddress: refundAddressOf(desk, record().key), sized: asked.sized })
        : claimByLeaf(curve, plan, reverseOf(ports, record()), signer);
    desk.chain.submit(rawOf(claim));
    await desk.mine();
    strictEqual(record().state, 'Complete');
  }

  const lines = desk.chain.rawBlocks().flatMap((raw, i) => {
    const early = refused.get(i + 1);
    return [{ block: toHex(raw) }, ...(early === undefined ? [] : [{ refused: early }])];
  });
  writeFileSync(file, lines.map((line) => `${JSON.stringify({ chain: 'swaps', ...line })}\n`).join(''));
  await desk.service.stop();
}
