// What tests and the demo may do to a devnet, as one table of commands. Over HTTP: POST /control/<command> with a JSON
// body (GET works for commands without one); in process the same objects are used directly.
import { Code } from '@connectrpc/connect';
import { toHex } from '../../src/crypto/bytes.ts';
import type { ArkServer } from '../ark/server.ts';
import type { Clock } from '../clock.ts';
import type { DevChain } from '../chain/types.ts';
import type { Fault } from '../grpc/faults.ts';
import type { DevInvoice } from '../lightning/invoice.ts';
import { LNURL_LIES, type LnurlService } from '../lightning/lnurl.ts';
import type { FailureReason, LightningNetwork } from '../lightning/network.ts';
import { OFFER_LIES, type DevOffer } from '../lightning/offers.ts';

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

const offerView = ({ text, node, hold, lie }: DevOffer) => ({ offer: text, node, hold, lie });

/** One of the lies in the list, or none. */
function lie<L extends string>(body: Body, lies: readonly L[]): L | undefined {
  const name = optional(body, 'lie', text);
  if (name === undefined) return undefined;
  const known = lies.find((one) => one === name);
  if (known === undefined) throw new BadCommand(`lie: expected one of ${lies.join(', ')}`);
  return known;
}

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
    ban: (body) => void ark.ban(text(body, 'vtxo'), optional(body, 'height', number)),
    vtxos: () =>
      [...ark.state.vtxos.values()].map(({ id, state, spentBy, vtxo }) => ({
        id,
        state,
        spentBy,
        amount: vtxo.amount,
      })),
    crash: () => ark.crash(),
    restart: () => ark.restart(),
    'clock/advance': (body) => void clock.advance(number(body, 'seconds') * 1000),
  };
}
