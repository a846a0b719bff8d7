// bolt12-onion-negatives.json: onion messages to an async recipient, judged as LDK judges them.
import { fromHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import {
  peelOnionMessage,
  readOnionMessage,
  writeOnionMessage,
} from '../../../src/lightning/onion/message.ts';
import type { OnionMessage, OnionNode } from '../../../src/lightning/onion/message.ts';
import { createReader } from '../../../src/lightning/wire.ts';
import { readLdkContext } from '../bolt12.ts';
import type { Check } from '../check.ts';

interface Data {
  set: string;
  now: number;
  recipient: { secret: string; id: string; receive_auth_key: string };
  cases: Array<{ name: string; onion_message: string; ldk: string; note: string }>;
}

/** Kind of LDK's contexts for async payments, and the one of a payment that is waited for, with its deadline. */
const ASYNC = 2;
const INBOUND_PAYMENT = 1;

function judge(node: OnionNode, body: Uint8Array, now: number): string {
  let message: OnionMessage;
  try {
    message = readOnionMessage(curve, body);
  } catch (e) {
    return isSkiffError(e) ? (e.details.ldk ?? e.code) : String(e);
  }
  try {
    const peeled = peelOnionMessage(curve, node, message);
    const note = peeled.notes.find((t) => t.type === 65537n);
    if (peeled.kind !== 'receive' || !peeled.own || note === undefined) return 'refused';
    const context = readLdkContext(note.value);
    if (context.kind !== ASYNC || peeled.content.kind !== 'held_htlc_available') return 'refused';
    const [deadline] = context.tlvs;
    const isRight = context.variant === INBOUND_PAYMENT && deadline !== undefined;
    const ok = isRight && createReader(deadline.value).u64() >= BigInt(now);
    return `accepted HeldHtlcAvailable(HeldHtlcAvailable) context_ok=${ok} reply_path=${peeled.replyPath !== undefined}`;
  } catch (e) {
    return isSkiffError(e, 'INVALID_ONION') ? 'refused' : String(e);
  }
}

export function compare({ set, now, recipient, cases }: Data, check: Check): void {
  check.informative(set);
  const node = { secret: fromHex(recipient.secret), authKey: fromHex(recipient.receive_auth_key) };
  check(curve.publicKey(node.secret), recipient.id, 'recipient');
  for (const c of cases) {
    check.informative(c.note);
    const body = fromHex(c.onion_message);
    const ldk = c.ldk.startsWith('wire decode error') ? 'Decode(InvalidValue)' : c.ldk;
    check(judge(node, body, now), ldk, c.name);
    if (!c.ldk.startsWith('wire'))
      check(writeOnionMessage(readOnionMessage(curve, body)), c.onion_message, `${c.name} read and written`);
  }
}
