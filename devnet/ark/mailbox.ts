// The mailbox service: senders post coins without authentication, owners read with a signed authorization.
import { randomBytes } from 'node:crypto';
import type { HandlerContext } from '@connectrpc/connect';
import {
  decodeMailboxAuthorization,
  unblindMailboxId,
  verifyMailboxAuthorization,
} from '../../src/ark/mailbox.ts';
import { policyName } from '../../src/ark/policy.ts';
import { decodeVtxo, vtxoId } from '../../src/ark/vtxo.ts';
import { equalBytes } from '../../src/crypto/bytes.ts';
import { connectionKey, cut } from '../grpc/faults.ts';
import { badArgument, internal, parsing } from '../grpc/status.ts';
import type { ArkContext } from './context.ts';
import type { Garbage, MailboxItem, Message } from './mailbox-store.ts';
import { findVtxos, readVtxoId } from './vtxos.ts';

const MAX_ARKOOR_VTXOS = 100;
const MAX_RECOVERY_IDS = 20;
/** Seconds that an authorization may be older than the server's clock. */
const EXPIRY_LEEWAY = 5n;

/** PostArkoorMessage: only coins this server cosigned, final ones, all of one owner. A duplicate is a no-op. */
export function postArkoor(ctx: ArkContext, blindedId: Uint8Array, encoded: readonly Uint8Array[]): void {
  const { curve, mailboxKey } = ctx;
  if (encoded.length > MAX_ARKOOR_VTXOS) throw badArgument(`too many vtxos, max is ${MAX_ARKOOR_VTXOS}`);
  const vtxos = encoded.map((bytes) =>
    parsing('full VTXO (with genesis)', () => decodeVtxo(curve, bytes, 'full')),
  );
  const first = vtxos[0];
  if (first === undefined) throw badArgument('no vtxos provided');
  for (const vtxo of vtxos) {
    if (vtxo.policy.type === 'pubkey') continue;
    throw badArgument(
      `vtxo ${vtxoId(vtxo)} is not a final payment vtxo (policy: ${policyName(vtxo.policy)})`,
    );
  }
  if (blindedId.length !== 33 || !curve.isPoint(blindedId))
    throw badArgument('invalid a blinded VTXO mailbox identifier');
  const owner = first.policy.userPubkey;
  if (!vtxos.every((vtxo) => equalBytes(vtxo.policy.userPubkey, owner))) {
    throw badArgument('all vtxos should share vtxo pubkey when mailbox is provided');
  }
  const mailbox = parsing('mailbox', () => unblindMailboxId(curve, blindedId, owner, mailboxKey.secret));
  for (const row of findVtxos(ctx, vtxos.map(vtxoId))) {
    if (!equalBytes(row.vtxo.policy.userPubkey, owner)) {
      throw badArgument(`vtxo ${row.id} doesn't belong to the provided vtxo pubkey`);
    }
  }
  ctx.mailboxes.post(
    mailbox,
    vtxos.map((vtxo, i): MailboxItem => ({
      kind: 'arkoor',
      vtxoId: vtxoId(vtxo),
      vtxo: encoded[i] as Uint8Array,
    })),
  );
}

function checkAuthorization(
  { curve, mischief, now }: ArkContext,
  mailbox: Uint8Array,
  bytes: Uint8Array,
): void {
  const authorization = parsing('mailbox authorization', () => decodeMailboxAuthorization(curve, bytes));
  if (!equalBytes(authorization.mailboxId, mailbox))
    throw badArgument("authorization doesn't match mailbox id");
  if (mischief.tooOld() || authorization.expiry < BigInt(Math.floor(now() / 1000)) - EXPIRY_LEEWAY) {
    throw badArgument('mailbox authorization expired');
  }
  if (!verifyMailboxAuthorization(curve, authorization))
    throw badArgument('invalid mailbox authorization signature');
}

/** @throws ConnectError INVALID_ARGUMENT */
export function readMailboxId({ curve }: ArkContext, bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 33 || !curve.isPoint(bytes)) throw badArgument('invalid mailbox id');
  return bytes;
}

interface MailboxQuery {
  readonly mailboxId: Uint8Array;
  readonly authorization?: Uint8Array;
  readonly checkpoint: bigint;
}

function checkQuery(ctx: ArkContext, query: MailboxQuery): Uint8Array {
  const mailbox = readMailboxId(ctx, query.mailboxId);
  if (query.authorization === undefined) throw badArgument('mailbox authorization required');
  checkAuthorization(ctx, mailbox, query.authorization);
  return mailbox;
}

/** The protobuf shape of a stored message. */
function toWire({ checkpoint, items }: Message) {
  const [first] = items;
  switch (first?.kind) {
    case 'arkoor':
      return {
        checkpoint,
        message: {
          case: 'arkoor' as const,
          value: { vtxos: items.flatMap((item) => (item.kind === 'arkoor' ? [item.vtxo] : [])) },
        },
      };
    case 'recovery-ids':
      return {
        checkpoint,
        message: {
          case: 'recoveryVtxoIds' as const,
          value: { vtxoIds: items.flatMap((item) => (item.kind === 'recovery-ids' ? [item.idBytes] : [])) },
        },
      };
    case 'send-finished': {
      const { paymentHash, preimage, reason } = first;
      const failure = preimage === undefined ? { reason: reason ?? 0 } : undefined;
      return {
        checkpoint,
        message: { case: 'lightningSendFinished' as const, value: { paymentHash, preimage, failure } },
      };
    }
    case 'incoming-payment': {
      const { paymentHash, amountMsat } = first;
      return {
        checkpoint,
        message: { case: 'incomingLightningPayment' as const, value: { paymentHash, amountMsat } },
      };
    }
    case 'round-completed': {
      const { unlockHash } = first;
      return {
        checkpoint,
        message: {
          case: 'roundParticipationCompleted' as const,
          value: { paymentHashes: [unlockHash], unlockHash },
        },
      };
    }
    case 'onion-message': {
      const { pathKey, packet } = first;
      return { checkpoint, message: { case: 'onionMessage' as const, value: { pathKey, packet } } };
    }
    case 'onion-htlc': {
      const { kind: _kind, ...value } = first;
      return { checkpoint, message: { case: 'incomingOnionHtlc' as const, value } };
    }
    case 'garbage':
      return { checkpoint, ...nonsense(first.form) };
    case undefined:
      return { checkpoint };
  }
}

function nonsense(form: Garbage) {
  const bytes = (length: number) => new Uint8Array(randomBytes(length));
  switch (form) {
    case 'coins':
      return { message: { case: 'arkoor' as const, value: { vtxos: [bytes(400), bytes(3)] } } };
    case 'empty':
      return { message: { case: 'arkoor' as const, value: { vtxos: [] } } };
    case 'hash':
      return {
        message: {
          case: 'incomingLightningPayment' as const,
          value: { paymentHash: bytes(5), amountMsat: 1n },
        },
      };
    case 'unknown':
      return {};
  }
}

/** ReadMailbox. */
export function readMailbox(ctx: ArkContext, query: MailboxQuery) {
  const page = ctx.mailboxes.read(checkQuery(ctx, query), query.checkpoint);
  return { messages: ctx.mischief.arrange(page.messages).map(toWire), haveMore: page.haveMore };
}

/** SubscribeMailbox: what is stored after the checkpoint, then everything as it comes, until the client leaves. */
export async function* subscribeMailbox(ctx: ArkContext, query: MailboxQuery, context: HandlerContext) {
  const mailbox = checkQuery(ctx, query);
  const stream = ctx.mischief.open();
  const over = AbortSignal.any([context.signal, stream.ended]);
  let checkpoint = query.checkpoint;
  let wake = () => {};
  let posted = true;
  const unwatch = ctx.mailboxes.watch(mailbox, () => {
    posted = true;
    wake();
  });
  const leave = () => wake();
  over.addEventListener('abort', leave);
  try {
    while (!over.aborted) {
      if (!posted) await new Promise<void>((resolve) => (wake = resolve));
      posted = false;
      let more = true;
      while (more && !over.aborted) {
        const page = ctx.mailboxes.read(mailbox, checkpoint);
        more = page.haveMore;
        checkpoint = page.messages.at(-1)?.checkpoint ?? checkpoint;
        for (const message of ctx.mischief.arrange(page.messages)) {
          if (over.aborted) break;
          if (stream.skips()) continue;
          yield toWire(message);
          stream.sent();
        }
      }
    }
    if (!context.signal.aborted) stream.finish(() => cut(context.values.get(connectionKey)));
  } finally {
    over.removeEventListener('abort', leave);
    unwatch();
    stream.close();
  }
}

/** PostRecoveryVtxoIds. An authorization may be left out, a bad one is refused. */
export function postRecoveryIds(
  ctx: ArkContext,
  request: {
    readonly mailboxId: Uint8Array;
    readonly vtxoIds: readonly Uint8Array[];
    readonly authorization?: Uint8Array;
  },
): void {
  if (request.vtxoIds.length > MAX_RECOVERY_IDS)
    throw badArgument(`too many VTXOs, max is ${MAX_RECOVERY_IDS}`);
  const ids = request.vtxoIds.map(readVtxoId);
  if (ids.length === 0) throw badArgument('no VTXO IDs provided');
  const mailbox = readMailboxId(ctx, request.mailboxId);
  if (request.authorization !== undefined) checkAuthorization(ctx, mailbox, request.authorization);
  const unknown = ids.find((id) => !ctx.state.vtxos.has(id));
  if (unknown !== undefined) throw internal(`failed to store ids: no vtxo ${unknown}`);
  ctx.mailboxes.post(
    mailbox,
    ids.map((id, i): MailboxItem => ({
      kind: 'recovery-ids',
      vtxoId: id,
      idBytes: request.vtxoIds[i] as Uint8Array,
    })),
  );
}
