// bolt11.json: decode, verify, re-encode field by field, re-sign with the payee's key; decisions of a payer on regtest.
import { equalBytes, fromHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { scriptToAddress } from '../../../src/bitcoin/address.ts';
import type { Network } from '../../../src/bitcoin/network.ts';
import { decodeBolt11, invoiceDigest } from '../../../src/lightning/bolt11.ts';
import type { Bolt11 } from '../../../src/lightning/bolt11.ts';
import { invoiceProblem, isExpired, paymentAmount } from '../../../src/lightning/bolt11-check.ts';
import { encodeRawBolt11, signWith } from '../../../src/lightning/bolt11-encode.ts';
import { fallbackScript, joinTags, readTag, writeTag } from '../../../src/lightning/bolt11-tags.ts';
import { hasFeature } from '../../../src/lightning/features.ts';
import { intToWords } from '../../../src/lightning/words.ts';
import type { Check } from '../check.ts';

interface Fields {
  [key: string]: unknown;
  currency: string;
  payment_hash: string;
  payee: string;
}
interface Data {
  set: string;
  now: number;
  valid: Array<{
    name: string;
    invoice: string;
    upper?: boolean;
    preimage?: string;
    payee_secret?: string;
    signable_hash?: string;
    fields: Fields;
  }>;
  careful: Array<{ name: string; invoice: string; why: string; fields: Fields }>;
  invalid: Array<{ name: string; invoice: string; error: string; note?: string }>;
  recovery: Array<{ name: string; invoice: string; recovered_payee: string; real_key: string; why: string }>;
}

const CURRENCY = {
  mainnet: 'Bitcoin',
  testnet: 'BitcoinTestnet',
  signet: 'Signet',
  regtest: 'Regtest',
  simnet: 'Simnet',
};

/** What lightning-invoice said about the invoice, in its words. */
function fieldsOf(invoice: Bolt11, now: number): Record<string, unknown> {
  const network: Network = invoice.network === 'simnet' ? 'regtest' : invoice.network;
  return {
    currency: CURRENCY[invoice.network],
    amount_msat: invoice.amount ?? null,
    timestamp: invoice.timestamp,
    payment_hash: invoice.paymentHash,
    payment_secret: invoice.paymentSecret,
    description: invoice.description ?? null,
    description_hash: invoice.descriptionHash ?? null,
    expiry_secs: invoice.expirySeconds,
    expired_now: isExpired(invoice, now),
    min_final_cltv_expiry_delta: invoice.minFinalCltv,
    payee: payeeOfReencoding(invoice),
    payee_in_n_field: invoice.payeeInField,
    payment_metadata: invoice.metadata ?? null,
    features_requires_unknown: false,
    basic_mpp: hasFeature(invoice.features, 16),
    fallbacks: invoice.fallbacks.flatMap((f) => {
      const script = fallbackScript(f);
      return script === undefined ? [] : [scriptToAddress(script, network)];
    }),
    route_hints: invoice.routeHints.map((hops) =>
      hops.map((hop) => ({
        pubkey: hop.pubkey,
        short_channel_id: hop.shortChannelId,
        fee_base_msat: hop.feeBaseMsat,
        fee_proportional_millionths: hop.feeProportionalMillionths,
        cltv_expiry_delta: hop.cltvExpiryDelta,
      })),
    ),
  };
}

/**
 * lightning-invoice hashes its own re-encoding of the fields it understood, not the words that were signed. For an
 * invoice whose integers have leading zeros (case "expiry zero") it therefore recovers a node id that signed nothing.
 * Skiff recovers from the words themselves, as the BOLT says; this reproduces the file's value.
 */
function payeeOfReencoding(invoice: Bolt11): Uint8Array | undefined {
  if (invoice.payeeInField) return invoice.payee;
  const tags = invoice.tags.map((raw) => {
    const tag = readTag(raw);
    return tag === undefined ? raw : writeTag(tag);
  });
  const hrp = invoice.text.slice(0, invoice.text.lastIndexOf('1'));
  const data = Uint8Array.from([...intToWords(BigInt(invoice.timestamp), 7), ...joinTags(tags)]);
  return curve.ecdsaRecover(invoice.signature, invoice.recovery, invoiceDigest(hrp, data));
}

/** Every field that was understood, written again, gives the same words. */
function rewrites(invoice: Bolt11, check: Check, label: string): void {
  for (const raw of invoice.tags) {
    const tag = readTag(raw);
    if (tag !== undefined)
      check(equalBytes(writeTag(tag).words, raw.words), true, `${label} field ${raw.type} rewritten`);
  }
}

/** What a payer on regtest at `now` must do, by the name of the case; every other case is payable. */
const CAREFUL: Record<string, string> = {
  'expired by one second': 'INVOICE_EXPIRED',
  'expiry zero': 'INVOICE_EXPIRED',
  'wrong network mainnet': 'WRONG_NETWORK',
  'wrong network signet': 'WRONG_NETWORK',
  'amount zero': 'INVALID_INVOICE',
  'no amount': 'AMOUNT_REQUIRED',
};

function decision(invoice: Bolt11, now: number): string {
  try {
    const problem = invoiceProblem(invoice, 'regtest', now);
    if (problem) return problem.code;
    paymentAmount(invoice.amount);
    return 'payable';
  } catch (e) {
    return (e as { code: string }).code;
  }
}

export function compare(data: Data, check: Check): void {
  check.informative(data.set);
  for (const v of data.valid) {
    const invoice = decodeBolt11(curve, v.invoice);
    check(fieldsOf(invoice, data.now), v.fields, v.name);
    rewrites(invoice, check, v.name);
    if (v.upper !== undefined)
      check(v.invoice !== v.invoice.toLowerCase(), v.name === 'upper case', `${v.name} case`);
    if (v.preimage !== undefined)
      check(sha256(fromHex(v.preimage)), v.fields.payment_hash, `${v.name} preimage`);
    if (v.signable_hash !== undefined) check(invoice.digest, v.signable_hash, `${v.name} digest`);
    if (v.payee_secret !== undefined) {
      const secret = fromHex(v.payee_secret);
      check(curve.publicKey(secret), v.fields.payee, `${v.name} payee key`);
      check(
        encodeRawBolt11(invoice, signWith(curve, secret)),
        v.invoice,
        `${v.name} written and signed again`,
      );
    }
  }
  for (const v of data.careful) {
    const invoice = decodeBolt11(curve, v.invoice);
    check(fieldsOf(invoice, data.now), v.fields, v.name);
    check.informative(v.why);
    const base = data.careful.find((c) => c.name === 'base')?.fields.payee;
    check(invoice.payee, base, `${v.name}: signed by the one key of all these cases`);
    check(decision(invoice, data.now), CAREFUL[v.name] ?? 'payable', `${v.name}: decision`);
  }
  for (const v of data.invalid) {
    check.informative(v.error, v.note);
    check.refuses(() => decodeBolt11(curve, v.invoice), v.name);
  }
  for (const v of data.recovery) {
    check.informative(v.why);
    const { payee } = decodeBolt11(curve, v.invoice);
    check(payee, v.recovered_payee, v.name);
    check(equalBytes(payee, fromHex(v.real_key)), false, `${v.name}: not the real key`);
  }
}
