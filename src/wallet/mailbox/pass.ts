// Permission to read our mailboxes: the owner's signature over a time, which the server's clock judges. It names no
// server, so it is shown to the pinned one only. While the wallet is unlocked one is minted for each use; for the time
// it is locked the host keeps one that was minted before (ports.mailboxPass).

import { decodeMailboxAuthorization, mailboxAuthorization } from '../../ark/mailbox.ts';
import { isSkiffError } from '../../errors.ts';
import type { ArkServer } from '../../server/connect.ts';
import type { Deps } from '../ports.ts';
import { aheadOf } from './clock.ts';

export interface MailboxPass {
  /** 33 bytes. */
  mailboxId: Uint8Array;
  /** 105 bytes. */
  authorization: Uint8Array;
}

/** Longest life of a pass that is kept while the wallet is locked. */
export const KEPT_PASS_MS = 24 * 60 * 60_000;

type Which = 'mailbox' | 'recoveryMailbox';

/**
 * Signs a permission to read one of our mailboxes until `until` (ms, the server's time); whoever has it can use it.
 * @throws SkiffError LOCKED
 */
export function mintPass({ ports }: Deps, which: Which, until: number): MailboxPass {
  const { publicKey, secret } = ports.keys.unlocked()[which]();
  try {
    const expiry = BigInt(Math.floor(until / 1000));
    return {
      mailboxId: publicKey,
      authorization: mailboxAuthorization(ports.curve, secret, expiry, ports.random(32)),
    };
  } finally {
    secret.fill(0);
  }
}

/**
 * A pass for the main mailbox that is good for `life` ms more, or, while locked, the one that was kept.
 * @throws SkiffError LOCKED when there is none
 */
export async function mainPass(
  deps: Deps,
  server: Pick<ArkServer, 'clockSkew'>,
  life: number,
): Promise<MailboxPass> {
  const now = deps.ports.now() + aheadOf(server);
  try {
    return mintPass(deps, 'mailbox', now + life);
  } catch (error) {
    if (!isSkiffError(error, 'LOCKED')) throw error;
    const kept = await deps.ports.mailboxPass?.();
    if (!kept || goodUntil(deps, kept) <= now) throw error;
    return kept;
  }
}

/** When a pass ends, ms. @throws SkiffError INVALID_ENCODING */
const goodUntil = ({ ports }: Deps, pass: MailboxPass): number =>
  Number(decodeMailboxAuthorization(ports.curve, pass.authorization).expiry) * 1000;

/** Did the server refuse a pass because of its time? */
export const saysExpired = (error: unknown): boolean =>
  isSkiffError(error) &&
  error.details['grpc'] === 'INVALID_ARGUMENT' &&
  /authorization expired/i.test(error.details['said'] ?? '');
