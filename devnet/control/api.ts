// What tests and the demo may do to a devnet, as one table of commands. Over HTTP: POST /control/<command> with a JSON
// body (GET works for commands without one); in process the same objects are used directly.
import { randomBytes } from 'node:crypto';
import { Code } from '@connectrpc/connect';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { STREAM_ENDS } from '../ark/mailbox-mischief.ts';
import { GARBAGE } from '../ark/mailbox-store.ts';
import type { ArkServer } from '../ark/server.ts';
import { RECEIVE_LIES } from '../ark/receive-lies.ts';
import type { Clock } from '../clock.ts';
import type { DevChain } from '../chain/types.ts';
import type { Fault } from '../grpc/faults.ts';
import type { DevInvoice } from '../lightning/invoice.ts';
import { LNURL_LIES, type LnurlService } from '../lightning/lnurl.ts';
import type { FailureReason, LightningNetwork } from '../lightning/network.ts';
import { OFFER_LIES, type DevOffer } from '../lightning/offers.ts';
import type { SentPayment } from '../lightning/payer.ts';

export interface ControlParts {
  readonly chain: DevChain;
  readonly ark: ArkServer;
  readonly lightning: LightningNetwork;
  readonly lnurl: LnurlService;
  readonly clock: Clock;
}

type Body = Record<string, unknown>;

/** A command with its arguments; throws {@link BadCommand} for arguments that make no sense. */
export type Command = (body: Body) => unknown;

export class BadCommand extends Error {}

function number(body: Body, name: string, standard?: number): number {
  const value = body[name] ?? standard;
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new BadCommand(`${name}: expected an integer`);
  return value;
}

function text(body: Body, name: string, standard?: string): string {
  const value = body[name] ?? standard;
  if (typeof value !== 'string') throw new BadCommand(`${name}: expected text`);
  return value;
}

const optional = <T>(body: Body, name: string, read: (body: Body, name: string) => T): T | undefined =>
  body[name] === undefined ? undefined : read(body, name);

const invoiceView = (i: DevInvoice) => ({
  bolt11: i.text,
  paymentHash: i.paymentHash,
  preimage: toHex(i.preimage),
  node: i.node,
  state: i.state,
  hold: i.hold,
  receivedMsat: i.receivedMsat?.toString(),
  settledAt: i.settledAt,
});

const paymentView = ({ invoice, paymentHash, amountMsat: msat, state, preimage, reason }: SentPayment) => ({
  invoice,
  paymentHash,
  amountMsat: msat.toString(),
  state,
  preimage,
  reason,
});

const offerView = ({ text, node, hold, lie }: DevOffer) => ({ offer: text, node, hold, lie });

/** One of a list of words, or none. */
function choice<L extends string>(body: Body, field: string, words: readonly L[]): L | undefined {
  const name = optional(body, field, text);
  if (name === undefined) return undefined;
  const known = words.find((one) => one === name);
  if (known === undefined) throw new BadCommand(`${field}: expected one of ${words.join(', ')}`);
  return known;
}

const lie = <L extends string>(body: Body, lies: readonly L[]): L | undefined => choice(body, 'lie', lies);

function amountMsat(body: Body): bigint | undefined {
  const msat = optional(body, 'amountMsat', number);
  const sat = optional(body, 'amountSat', number);
  return msat === undefined ? (sat === undefined ? undefined : BigInt(sat) * 1000n) : BigInt(msat);
}

function statusCode(name: string): Code {
  const code = Code[name as keyof typeof Code];
  if (typeof code !== 'number') throw new BadCommand(`code: no status ${name}`);
  return code;
}

function readFault(body: Body): Fault {
  const kind = text(body, 'kind');
  switch (kind) {
    case 'drop-response':
    case 'drop-request':
      return { kind };
    case 'delay':
      return { kind, ms: number(body, 'ms') };
    case 'fail':
    case 'fail-after':
      return {
        kind,
        code: statusCode(text(body, 'code', 'Unavailable')),
        message: text(body, 'message', 'injected'),
      };
    default:
      throw new BadCommand(`kind: no fault ${kind}`);
  }
}

function fund(chain: DevChain, address: string, amount: bigint): string {
  try {
    return chain.fund(address, amount);
  } catch (e) {
    throw new BadCommand(e instanceof Error ? e.message : 'not paid');
  }
}

/** Commands by name. */
export function controlApi({ chain, ark, lightning, lnurl, clock }: ControlParts): Record<string, Command> {
  return {
    status: () => ({
      height: chain.height(),
      tip: chain.tip(),
      now: clock.now(),
      serverPubkey: toHex(ark.serverPubkey),
      mailboxPubkey: toHex(ark.mailboxPubkey),
      connections: ark.connections(),
      vtxos: ark.state.vtxos.size,
    }),

    mine: (body) => ({ hashes: chain.mine(number(body, 'blocks', 1)), height: chain.height() }),
    fund: (body) => ({ txid: fund(chain, text(body, 'address'), BigInt(number(body, 'sats'))) }),
    reorg: (body) => ({ hashes: chain.reorg(number(body, 'blocks', 1)), height: chain.height() }),
    fees: (body) => chain.setFees(optional(body, 'satPerVb', number)),
    transactions: () => chain.transactionsForKernel(),

    invoice: (body) =>
      invoiceView(
        lightning.createInvoice({
          node: optional(body, 'node', text),
          amountMsat: amountMsat(body),
          memo: optional(body, 'memo', text),
          expirySeconds: optional(body, 'expirySeconds', number),
          minFinalCltv: optional(body, 'minFinalCltv', number),
          settleAfterMs: optional(body, 'settleAfterMs', number),
          hold: body.hold === true,
        }),
      ),
    invoices: () => lightning.invoices.map(invoiceView),
    offer: (body) =>
      offerView(
        lightning.createOffer({
          node: optional(body, 'node', text),
          amountMsat: amountMsat(body),
          description: optional(body, 'description', text),
          hidden: body.hidden === true,
          hold: body.hold === true,
          lie: lie(body, OFFER_LIES),
        }),
      ),
    offers: () => lightning.offers.map(offerView),
    payOffer: (body) => {
      const payment = ark.offerPayer.pay(text(body, 'offer'), amountMsat(body) ?? 0n, {
        firstOnly: body.firstOnly === true,
      });
      return { payment: ark.offerPayer.payments.indexOf(payment) };
    },
    /** A customer of the static-invoice server that is not the Ark server's: what is to be entered in the settings. */
    offerServer: (body) => ({
      server: ark.outside.address,
      paths: ark.outside.invite(text(body, 'customer', 'devnet')),
    }),
    offerPayments: () =>
      ark.offerPayer.payments.map(({ state, kind, paymentHash, preimage }) => ({
        state,
        kind,
        paymentHash,
        preimage,
      })),
    lnurl: (body) => {
      const name = text(body, 'user');
      const limits = {
        minSat: optional(body, 'minSat', number),
        maxSat: optional(body, 'maxSat', number),
        commentAllowed: optional(body, 'commentAllowed', number),
        description: optional(body, 'description', text),
      };
      const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
      lnurl.set(name, { ...given, lie: lie(body, LNURL_LIES), successAction: body.successAction });
    },
    'lnurl/asked': () => lnurl.asked,
    pay: (body) =>
      paymentView(
        lightning.payer.pay(text(body, 'invoice'), {
          amountMsat: amountMsat(body),
          finalCltv: optional(body, 'finalCltv', number),
        }),
      ),
    payments: () => lightning.payer.payments.map(paymentView),
    token: (body) => {
      const seconds = optional(body, 'seconds', number);
      const name = optional(body, 'token', text) ?? toHex(new Uint8Array(randomBytes(8)));
      const expiresAt = seconds === undefined ? undefined : clock.now() + seconds * 1000;
      ark.state.tokens.set(name, { used: false, expiresAt });
      return { token: name };
    },
    'cosign/lie': (body) => void (ark.config.cosignLie = lie(body, ['amount', 'policy'])),
    'receive/lie': (body) => void (ark.config.receiveLie = lie(body, RECEIVE_LIES)),
    'lightning/settle': (body) => void lightning.settle(text(body, 'paymentHash')),
    'lightning/cancel': (body) => void lightning.cancel(text(body, 'paymentHash')),
    'lightning/fail': (body) =>
      void lightning.failNext(text(body, 'reason', 'NO_ROUTE') as FailureReason, number(body, 'times', 1)),
    'lightning/delay': (body) => void lightning.setDelay(number(body, 'ms')),
    'lightning/route': (body) => {
      const feeMsat = optional(body, 'feeMsat', number);
      lightning.setRoute({
        ...(feeMsat === undefined ? {} : { feeMsat: BigInt(feeMsat) }),
        ...(body.blocks === undefined ? {} : { blocks: number(body, 'blocks') }),
      });
    },

    fault: (body) =>
      void ark.faults.add(text(body, 'method', '*'), readFault(body), number(body, 'times', 1)),
    'fault/clear': () => void ark.faults.clear(),
    calls: () => ark.faults.calls.map(({ request: _request, ...call }) => call),
    nonces: () => ({ count: ark.nonces.count, repeats: ark.nonces.repeats }),
    mailbox: (body) => {
      const { mischief } = ark;
      if (body.drop !== undefined) mischief.drop(number(body, 'drop'));
      if (body.repeat !== undefined) mischief.repeat(body.repeat === true);
      if (body.reorder !== undefined) mischief.reorder(body.reorder === true);
      if (body.expire !== undefined) mischief.expire(number(body, 'expire'));
      const how = choice(body, 'how', STREAM_ENDS);
      if (body.breakAfter === null) mischief.breakAfter(undefined);
      else if (body.breakAfter !== undefined) {
        const messages = number(body, 'breakAfter');
        mischief.breakAfter(() => messages, how);
      }
      return { closed: body.close === true ? mischief.closeStreams(how) : 0, ...mischief.streams };
    },
    'mailbox/garbage': (body) => {
      const form = choice(body, 'form', GARBAGE) ?? 'coins';
      const name = randomBytes(8).toString('hex');
      ark.mailboxes.post(fromHex(text(body, 'mailbox')), [{ kind: 'garbage', form, name }]);
    },
    ban: (body) => void ark.ban(text(body, 'vtxo'), optional(body, 'height', number)),
    vtxos: () =>
      [...ark.state.vtxos.values()].map(({ id, state, spentBy, vtxo }) => ({
        id,
        state,
        spentBy,
        amount: vtxo.amount,
      })),
    round: async () => ({ txid: await ark.round() }),
    sweep: () => ({ txid: ark.sweep() }),
    'bring-out': (body) => void ark.bringOut(text(body, 'vtxo')),
    forfeits: (body) => ({ txids: ark.takeForfeited(body.keep === true ? 'keep' : 'take') }),
    crash: () => ark.crash(),
    restart: () => ark.restart(),
    'clock/advance': (body) => void clock.advance(number(body, 'seconds') * 1000),
  };
}
