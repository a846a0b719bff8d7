// The tutorial's API with its names. `POST /api/loop/out` is all that it has; the quote, the status, the list for a rescue,
// and the fields beyond the tutorial's two, are additions that its clients never see.
import { scriptToAddress } from '../../src/bitcoin/address.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { outputOf } from './contract.ts';
import { HASH, satsField, textField, type Call, type Route } from './http.ts';
import { refundAddress, refundSecret } from './keys.ts';
import type { SwapService } from './service.ts';
import { SwapRefused, type SwapRecord } from './types.ts';

/** Hashes in one question of a rescue. */
const MOST_HASHES = 2_000;

export function loopApi(service: SwapService): Route {
  const { config, ports } = service;

  const refundAddressOf = (record: SwapRecord) =>
    service.lie() === 'own-refund-address' && record.request.kind === 'loop'
      ? record.request.htlcClaimAddress
      : refundAddress(ports.curve, config.network, refundSecret(ports.seed, record.key));

  const agreement = (record: SwapRecord) => ({
    htlcRefundAddress: refundAddressOf(record),
    paymentRequest: record.invoice,
    id: record.id,
    csvDelta: record.timeout,
    serviceFeeSats: record.invoiceSats - record.lockupSats,
    htlcAmountSats: record.lockupSats,
    minConf: 1,
    expiresAt: record.invoiceExpiresAt,
    status: record.state,
    ...(record.request.kind === 'loop' && record.request.sized && { preimageSize: 32 }),
  });

  const view = (record: SwapRecord) => ({
    ...agreement(record),
    hash: record.hash,
    htlcAddress: scriptToAddress(outputOf(ports, config, record), config.network),
    ...(record.lockup && { htlcTxid: record.lockup.txid, htlcVout: record.lockup.vout }),
    ...(record.claimTxid !== undefined && { claimTxid: record.claimTxid }),
    ...(record.refund && { refundTxid: record.refund.txid }),
    ...(record.reason !== undefined && { reason: record.reason }),
  });

  async function loopOut({ body }: Call) {
    const sized = body['preimageSize'] !== undefined;
    if (sized && body['preimageSize'] !== 32) throw new SwapRefused(400, 'preimageSize is 32 or left out');
    const record = await service.create({
      kind: 'loop',
      htlcClaimAddress: textField(body, 'htlcClaimAddress', /^[a-z0-9]{14,90}$/),
      hash: textField(body, 'hash', HASH),
      loopOutSats: satsField(body, 'loopOutSats'),
      sized,
    });
    return agreement(record);
  }

  async function quote({ query }: Call) {
    const sats = Number(query.get('sats') ?? config.minSats);
    if (!Number.isSafeInteger(sats) || sats < config.minSats || sats > config.maxSats)
      throw new SwapRefused(400, `amount is out of range: ${config.minSats} to ${config.maxSats} sat`);
    return {
      serviceFeeSats: service.lie() === 'stale-fees' ? 1 : config.loopFee,
      minerFeeSats: 0,
      min: config.minSats,
      max: config.maxSats,
      csvDelta: config.loopDelay,
      preimageSize: 32,
    };
  }

  async function known({ body }: Call) {
    const { hashes } = body;
    if (!Array.isArray(hashes) || hashes.length > MOST_HASHES)
      throw new SwapRefused(400, `hashes: a list of at most ${MOST_HASHES}`);
    const asked = new Set(hashes as unknown[]);
    return service
      .records()
      .filter((r) => r.request.kind === 'loop' && asked.has(r.hash))
      .map((r) => ({ ...view(r), loopOutSats: r.lockupSats }));
  }

  return (call) => {
    const { method, path } = call;
    if (method === 'POST' && path === '/api/loop/out') return loopOut(call);
    if (method === 'GET' && path === '/api/loop/out/quote') return quote(call);
    if (method === 'POST' && path === '/api/loop/out/known') return known(call);
    const hash = /^\/api\/loop\/out\/([0-9a-f]{64})$/.exec(path)?.[1];
    if (method !== 'GET' || hash === undefined) return undefined;
    const record = service.find(hash);
    if (record?.request.kind !== 'loop' || fromHex(hash).length !== 32)
      throw new SwapRefused(404, 'there is no such swap');
    return Promise.resolve(view(record));
  };
}
