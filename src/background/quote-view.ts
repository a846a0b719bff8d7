// From the wallet's words to the screens': one shape for what a pasted text or a site's request would do.
import { toHex } from '../crypto/bytes.ts';
import { SkiffError, isSkiffError } from '../errors.ts';
import type { PackedError } from '../messaging/wire.ts';
import { packError } from '../messaging/wire.ts';
import type { QuoteView, UnrequestedView } from '../messaging/views.ts';
import type { Inspected } from '../provider/ports.ts';
import type { Instruction, Wallet } from '../wallet/wallet.ts';
import { takeOption } from '../lightning/payment-request.ts';
import { msatsToSatsUp } from '../units.ts';
import type { Sats } from '../units.ts';
import { takesComment } from '../wallet/quote.ts';

const KINDS: Record<string, string> = { invoice: 'bolt11', 'bolt12-invoice': 'bolt12' };

type Method = Instruction['options'][number]['method'];

const kindOf = (method: Method | undefined): string => KINDS[method?.kind ?? ''] ?? method?.kind ?? 'unknown';

/** Without a detour first. What is not here comes last. */
const ORDER = ['ark', 'invoice', 'bolt12-invoice', 'offer', 'lightning-address', 'lnurl', 'bitcoin'];

const rank = ({ kind }: Method): number => (ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length);

/** What there is to choose from, and why the rest cannot be taken. In an order of its own, so that choosing moves nothing. */
function waysOf({ options }: Instruction): QuoteView['ways'] {
  const ways = new Map(options.map((option) => [option.method.text, option]));
  if (ways.size < 2) return undefined;
  return [...ways.values()]
    .toSorted((a, b) => rank(a.method) - rank(b.method) || (a.method.text < b.method.text ? -1 : 1))
    .map(({ method, problems: [problem] }) => ({
      kind: kindOf(method),
      text: method.text,
      ...(problem && { problem: problem.say }),
    }));
}

/** The host that gives the invoice, where one has to be asked. */
const hostOf = (method: Method | undefined): string | undefined =>
  method?.kind === 'lightning-address'
    ? method.address.host
    : method?.kind === 'lnurl'
      ? method.lnurl.host
      : undefined;

/** The instruction paid the way that `way` (the text of one of its methods) names; as it is when there is none. */
export function takeWay(instruction: Instruction, way: string | undefined): Instruction {
  const option = way === undefined ? undefined : instruction.options.find((o) => o.method.text === way);
  return option ? takeOption(instruction, option) : instruction;
}

/** The payment hash (hex) of an instruction that an invoice pays. */
function paymentHashOf({ choice, options }: Instruction): string | undefined {
  const method = (choice ?? options[0])?.method;
  return method?.kind === 'invoice' || method?.kind === 'bolt12-invoice'
    ? toHex(method.invoice.paymentHash)
    : undefined;
}

/** A BOLT 12 invoice answers a request; one that was handed over answered somebody else's, or nobody's. */
function unrequestedOf(method: Method | undefined): UnrequestedView | undefined {
  if (method?.kind !== 'bolt12-invoice') return undefined;
  const { offer, signingKey } = method.invoice;
  return { ...(offer.issuer !== undefined && { issuer: offer.issuer }), issuerKey: toHex(signingKey) };
}

/** What a person has chosen so far. Satoshi. */
export interface Chosen {
  amount?: bigint | 'all';
  way?: string;
  surplus?: bigint;
  from?: 'ark' | 'onchain';
}

/** Everything to know before agreeing. Never rejects for a reason that lies in the text or the payment. */
export async function quoteView(
  wallet: Wallet,
  text: string,
  { amount, way, surplus, from }: Chosen = {},
): Promise<QuoteView> {
  let instruction: Instruction;
  try {
    instruction = takeWay(await wallet.inspect(text), way);
  } catch (e) {
    if (!isSkiffError(e)) throw e;
    return {
      kind: 'unknown',
      destination: text,
      amountIsOpen: false,
      problem: packError(e),
    };
  }
  const quote = await wallet.quote(instruction, amount as Sats | 'all' | undefined, {
    ...(surplus !== undefined && { surplus: surplus as Sats }),
    ...(from && { from }),
  });
  const method = (instruction.choice ?? instruction.options[0])?.method;
  const amountIsOpen =
    method !== undefined && instruction.choice !== undefined && instruction.amount === undefined;
  const asks = quote.problem?.code === 'AMOUNT_REQUIRED';
  return {
    kind: kindOf(method),
    ways: waysOf(instruction),
    way: instruction.choice?.method.text,
    travels: instruction.choice ? quote.travels : undefined,
    from: quote.from,
    destination: instruction.text.replace(/^lightning:(\/\/)?/i, ''),
    memo: instruction.message ?? instruction.label,
    amount: quote.amount ?? instruction.amount,
    amountIsOpen,
    host: hostOf(instruction.choice?.method),
    takesComment: instruction.choice !== undefined && takesComment(instruction.choice.method),
    fee: quote.fee,
    total: quote.total,
    paymentHash: paymentHashOf(instruction),
    unrequested: unrequestedOf(method),
    problem: quote.problem && !asks ? packError(quote.problem) : undefined,
    shortBy: quote.shortBy,
  };
}

/** What can be said without network and before asking anybody: is it payable at all, and has it been paid? */
export async function inspectView(wallet: Wallet, text: string): Promise<Inspected> {
  try {
    const instruction = await wallet.inspect(text);
    const paymentHash = paymentHashOf(instruction);
    const obstacle = instruction.choice
      ? forSites(instruction.choice.method)
      : instruction.options.flatMap((o) => o.problems)[0];
    const method = (instruction.choice ?? instruction.options[0])?.method;
    return {
      kind: method?.kind,
      paymentHash,
      fixedAmount: fixedAmount(method),
      problem: obstacle ? packError(obstacle) : await alreadyPaid(wallet, paymentHash),
    };
  } catch (e) {
    if (!isSkiffError(e)) throw e;
    return { problem: packError(e) };
  }
}

/** A page gets a preimage or nothing: there is none for a bitcoin transaction. */
const forSites = (method: Method): SkiffError | undefined =>
  method.kind === 'bitcoin'
    ? new SkiffError({
        code: 'UNSUPPORTED',
        say: 'Sites can ask for Lightning payments, not for bitcoin transactions. Nothing was paid.',
      })
    : undefined;

/** Satoshi that the invoice itself asks for; a link around it may say what it likes. */
function fixedAmount(method: Method | undefined): bigint | undefined {
  if (method?.kind !== 'invoice' && method?.kind !== 'bolt12-invoice') return undefined;
  const { amount } = method.invoice;
  return amount === undefined ? undefined : msatsToSatsUp(amount);
}

async function alreadyPaid(wallet: Wallet, hash: string | undefined): Promise<PackedError | undefined> {
  if (hash === undefined) return undefined;
  const { status } = await wallet.paymentStatus(hash);
  if (status === 'unknown') return undefined;
  return status === 'paid'
    ? {
        code: 'ALREADY_PAID',
        say: 'This invoice was paid before. Nothing was paid now.',
        retry: 'never',
        details: {},
      }
    : {
        code: 'PAYMENT_IN_PROGRESS',
        say: 'This invoice is being paid at the moment. Nothing was paid twice.',
        retry: 'later',
        details: {},
      };
}
