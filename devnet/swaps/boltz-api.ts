// Reverse swaps through the part of the Boltz v2 REST API that their clients use.
import { scriptToAddress } from '../../src/bitcoin/address.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { isPreimageOf } from '../../src/lightning/preimage.ts';
import { parseTx } from '../../src/ark/tx.ts';
import { vtxoIdText } from '../../src/ark/vtxo-id.ts';
import { jointNonce, jointSession, keyPathDigest } from '../../src/swaps/boltz/spend.ts';
import { pairHashOf, pairOf } from './boltz-terms.ts';
import { lockedOf, reverseOf } from './contract.ts';
import { HASH, satsField, textField, type Call, type Route } from './http.ts';
import { refundSecret } from './keys.ts';
import type { SwapService } from './service.ts';
import { SwapRefused, type SwapRecord } from './types.ts';

const LEAF_VERSION = 0xc0;
const MOST_KEYS = 2_000;

/** The Boltz word for where a swap is. */
async function boltzStatus(service: SwapService, record: SwapRecord): Promise<string> {
  switch (record.state) {
    case 'Pending':
    case 'AwaitingIncomingHtlcAccepted':
      return 'swap.created';
    case 'AwaitingOutgoingHtlcSettlement': {
      const status = record.lockup && (await service.ports.chain.txStatus(record.lockup.txid));
      return status?.confirmed ? 'transaction.confirmed' : 'transaction.mempool';
    }
    case 'Complete':
      return 'invoice.settled';
    case 'Expired':
      return 'invoice.expired';
    case 'Canceled':
      return 'transaction.failed';
    default:
      return 'transaction.refunded';
  }
}

/** What `GET /swap/{id}` and the updates say. */
export const boltzUpdate = async (service: SwapService, record: SwapRecord) => ({
  status: await boltzStatus(service, record),
  ...(record.lockup && { transaction: { id: record.lockup.txid, hex: record.lockup.raw } }),
  ...(record.reason !== undefined && { failureReason: record.reason }),
});

export function boltzApi(service: SwapService): Route {
  const { config, ports } = service;

  const reverseSwap = (id: string): SwapRecord => {
    const record = service.find(id);
    if (record?.request.kind !== 'boltz') throw new SwapRefused(404, `could not find swap with id: ${id}`);
    return record;
  };

  const treeOf = (record: SwapRecord) => {
    const output = reverseOf(ports, record);
    const leaf = (script: Uint8Array) => ({ version: LEAF_VERSION, output: toHex(script) });
    const address = scriptToAddress(
      service.lie() === 'wrong-address' ? service.purse.script : output.script,
      config.network,
    );
    return {
      swapTree: { claimLeaf: leaf(output.claimLeaf), refundLeaf: leaf(output.refundLeaf) },
      lockupAddress: address,
      refundPublicKey: toHex(ports.curve.publicKey(refundSecret(ports.seed, record.key))),
      timeoutBlockHeight: record.timeout,
    };
  };

  async function create({ body }: Call) {
    if (body['from'] !== 'BTC' || body['to'] !== 'BTC') throw new SwapRefused(404, 'pair is not supported');
    const { pairHash, preimageHash } = body;
    if (pairHash !== undefined && pairHash !== pairHashOf(config))
      throw new SwapRefused(400, 'invalid pair hash');
    if (preimageHash === undefined) throw new SwapRefused(400, 'only swaps by preimageHash are made here');
    const record = await service.create({
      kind: 'boltz',
      hash: textField(body, 'preimageHash', HASH),
      claimPublicKey: textField(body, 'claimPublicKey', /^0[23][0-9a-f]{64}$/),
      ...(body['invoiceAmount'] !== undefined && { invoiceAmount: satsField(body, 'invoiceAmount') }),
      ...(body['onchainAmount'] !== undefined && { onchainAmount: satsField(body, 'onchainAmount') }),
    });
    return { id: record.id, invoice: record.invoice, ...treeOf(record), onchainAmount: record.lockupSats };
  }

  async function lockup(id: string) {
    const record = reverseSwap(id);
    if (!record.lockup) throw new SwapRefused(400, 'no transaction for this swap yet');
    const { txid, raw } = record.lockup;
    return { id: txid, hex: raw, timeoutBlockHeight: record.timeout };
  }

  /** The preimage for our share of a claim by both. */
  async function claim(id: string, { body }: Call) {
    const asked = reverseSwap(id);
    const preimage = fromHex(textField(body, 'preimage', HASH));
    const publicNonce = fromHex(textField(body, 'pubNonce', /^[0-9a-f]{132}$/));
    const tx = parseTx(fromHex(textField(body, 'transaction', /^([0-9a-f]{2})+$/)));
    if (!isPreimageOf(preimage, fromHex(asked.hash))) throw new SwapRefused(400, 'invalid preimage');
    if (body['index'] !== 0 || tx.inputs.length !== 1)
      throw new SwapRefused(400, 'only claims of this one output are signed');
    if (!asked.lockup) throw new SwapRefused(400, 'no transaction for this swap yet');
    const locked = lockedOf(ports, config, asked);
    if (vtxoIdText(tx.inputs[0]!.prevout) !== vtxoIdText(locked.point))
      throw new SwapRefused(400, 'the transaction does not spend the lock-up');
    if (service.lie() === 'refuse-share') throw new SwapRefused(500, 'cooperative claims are switched off');
    const record = await service.reveal(asked, preimage);
    const output = reverseOf(ports, record);
    const secret = refundSecret(ports.seed, record.key);
    const message = keyPathDigest(tx, locked);
    const nonce = jointNonce(ports.curve, output, message, secret, ports.random(32));
    const session = jointSession(ports.curve, output, message, [publicNonce, nonce.public]);
    const partial = ports.curve.partialSign(session, nonce.secret, secret);
    if (service.lie() === 'bad-share') partial[31]! ^= 1;
    return { pubNonce: toHex(nonce.public), partialSignature: toHex(partial) };
  }

  async function restore({ body }: Call) {
    const { publicKeys } = body;
    if (!Array.isArray(publicKeys) || publicKeys.length > MOST_KEYS)
      throw new SwapRefused(400, `publicKeys: a list of at most ${MOST_KEYS}`);
    const asked = new Set(publicKeys as unknown[]);
    const mine = service
      .records()
      .filter((r) => r.request.kind === 'boltz' && asked.has(r.request.claimPublicKey));
    return Promise.all(
      mine.map(async (record) => {
        const { swapTree, refundPublicKey, lockupAddress, timeoutBlockHeight } = treeOf(record);
        return {
          id: record.id,
          type: 'reverse',
          status: await boltzStatus(service, record),
          createdAt: Math.floor(record.createdAt / 1000),
          from: 'BTC',
          to: 'BTC',
          preimageHash: record.hash,
          invoice: record.invoice,
          claimDetails: {
            tree: swapTree,
            lockupAddress,
            serverPublicKey: refundPublicKey,
            timeoutBlockHeight,
            amount: record.lockupSats,
            ...(record.lockup && { transaction: { id: record.lockup.txid, vout: record.lockup.vout } }),
          },
        };
      }),
    );
  }

  async function broadcast({ body }: Call) {
    const raw = fromHex(textField(body, 'hex', /^([0-9a-f]{2})+$/));
    return { id: await ports.chain.broadcast(raw) };
  }

  const stale = () => ({ ...pairOf(config), fees: { percentage: 0, minerFees: { lockup: 1, claim: 1 } } });

  return (call) => {
    const { method, path } = call;
    const post = method === 'POST';
    const get = method === 'GET';
    if (get && path === '/v2/version') return Promise.resolve({ version: 'skiff devnet' });
    if (get && path === '/v2/swap/reverse')
      return Promise.resolve({ BTC: { BTC: service.lie() === 'stale-fees' ? stale() : pairOf(config) } });
    if (post && path === '/v2/swap/reverse') return create(call);
    if (post && path === '/v2/swap/restore') return restore(call);
    if (post && path === '/v2/chain/BTC/transaction') return broadcast(call);
    const [, id, what] = /^\/v2\/swap\/reverse\/([0-9a-f]{12})\/(transaction|claim)$/.exec(path) ?? [];
    if (get && id !== undefined && what === 'transaction') return lockup(id);
    if (post && id !== undefined && what === 'claim') return claim(id, call);
    const status = /^\/v2\/swap\/([0-9a-f]{12})$/.exec(path)?.[1];
    if (get && status !== undefined) return boltzUpdate(service, reverseSwap(status));
    return undefined;
  };
}
