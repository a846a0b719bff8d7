// The backup file, version 1: JSON with a readable head and one sealed part. AES-256-GCM under a key derived from the seed
// (the twelve words open it, no second password can be lost), a fresh nonce for each file, the head bound to it as
// additional data: a changed byte anywhere makes it unreadable, and then nothing of it is believed.

import { base64 } from '@scure/base';
import * as v from 'valibot';
import { fromHex, toHex } from '../../crypto/bytes.ts';
import { SkiffError } from '../../errors.ts';
import { boxKey, open, seal } from '../../vault/box.ts';

const BACKUP_VERSION = 1;
/** Longest file that is looked at, characters. */
const MOST_TEXT = 64 * 1024 * 1024;

export interface Head {
  network: string;
  /** Fingerprint of the wallet root, 8 hex characters: tells one seed from another. */
  wallet: string;
  /** ISO 8601. */
  made: string;
}

const envelope = v.looseObject({ skiff: v.literal('backup'), version: v.pipe(v.number(), v.integer()) });
const fileSchema = v.object({
  network: v.string(),
  wallet: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/)),
  made: v.string(),
  iv: v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/)),
  sealed: v.string(),
});

const purposeOf = ({ network, wallet, made }: Head): string =>
  `backup v${BACKUP_VERSION} ${JSON.stringify([network, wallet, made])}`;

export const damagedBackup = (part: string): SkiffError =>
  new SkiffError({
    code: 'BACKUP_DAMAGED',
    say: 'This file is no backup of Skiff, or it is damaged. Nothing was taken from it.',
    details: { part },
  });

const plainBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** @param key 32 bytes @param iv 12 fresh bytes of the CSPRNG */
export async function sealBackup(text: string, head: Head, key: Uint8Array, iv: Uint8Array): Promise<string> {
  const plain = plainBytes(new TextEncoder().encode(text));
  const box = await seal(await boxKey(plainBytes(key)), plain, purposeOf(head), plainBytes(iv));
  const { network, wallet, made } = head;
  const file = { skiff: 'backup', version: BACKUP_VERSION, network, wallet, made };
  return `${JSON.stringify({ ...file, iv: toHex(box.iv), sealed: base64.encode(box.ct) }, undefined, 1)}\n`;
}

/**
 * The text inside. @param key 32 bytes @param mine whose backup it has to be
 * @throws SkiffError BACKUP_DAMAGED, BACKUP_TOO_NEW, BACKUP_FOREIGN
 */
export async function openBackup(
  text: string,
  key: Uint8Array,
  mine: Pick<Head, 'network' | 'wallet'>,
): Promise<{ text: string; head: Head }> {
  if (text.length > MOST_TEXT) throw damagedBackup('size');
  const found = parsed(text);
  const outer = v.safeParse(envelope, found);
  if (!outer.success) throw damagedBackup('head');
  if (outer.output.version > BACKUP_VERSION)
    throw new SkiffError({
      code: 'BACKUP_TOO_NEW',
      say: 'This backup was made by a newer Skiff. Update Skiff first. Nothing was taken from it.',
      details: { version: outer.output.version },
    });
  const file = v.safeParse(fileSchema, found);
  if (!file.success || outer.output.version !== BACKUP_VERSION) throw damagedBackup('head');
  const { network, wallet, made, iv, sealed } = file.output;
  if (wallet !== mine.wallet || network !== mine.network)
    throw new SkiffError({
      code: 'BACKUP_FOREIGN',
      say: 'This is the backup of another wallet: it has other words, or another network. Nothing was taken from it.',
      details: { network },
    });
  const head = { network, wallet, made };
  const box = { iv: plainBytes(fromHex(iv)), ct: plainBytes(bytesOf(sealed)) };
  const plain = await open(await boxKey(plainBytes(key)), box, purposeOf(head));
  if (!plain) throw damagedBackup('seal');
  return { text: new TextDecoder().decode(plain), head };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw damagedBackup('json');
  }
}

function bytesOf(text: string): Uint8Array {
  try {
    return base64.decode(text);
  } catch {
    throw damagedBackup('sealed');
  }
}
