// `message sign|verify`: statements of whoever owns an Ark address. Verifying needs no wallet.
import { utf8ToBytes } from '@noble/hashes/utils.js';

import { decodeAddress } from '../../src/ark/address.ts';
import { signMessage, verifyMessage } from '../../src/ark/message.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { keyByPubkey } from '../../src/store/keys.ts';
import { UsageError, type ParsedArgs } from '../args.ts';
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';

/** The key that coins sent to this address belong to. @throws SkiffError for a text that is no Ark address */
const ownerOf = (address: string): Uint8Array => decodeAddress(nobleCurve, address).policy.userPubkey;

export const messageSign: Command = {
  path: ['message', 'sign'],
  about: 'Sign an arbitrary message with the key of the provided Ark address',
  positionals: [
    { name: 'MESSAGE', help: 'The message to sign' },
    { name: 'ADDRESS', help: 'The Ark address to sign the message with' },
  ],
  async run({ db, deps }, { args, output }) {
    const { ports } = deps;
    const owner = toHex(ownerOf(args.required('ADDRESS')));
    const row = await db.read(['keys'], (tx) => keyByPubkey(tx, owner));
    if (!row) throw refuse('address does not belong to this wallet or its key has not been derived');
    const { secret } = ports.keys.unlocked().vtxoKey(row.index);
    try {
      const message = utf8ToBytes(args.required('MESSAGE'));
      output.json({ signature: toHex(signMessage(ports.curve, message, secret, ports.random(32))) });
    } finally {
      secret.fill(0);
    }
  },
};

function signer(args: ParsedArgs): Uint8Array {
  const [pubkey, address] = [args.option('pubkey'), args.option('address')];
  if ((pubkey === undefined) === (address === undefined))
    throw new UsageError('need exactly one of --pubkey and --address');
  if (address !== undefined) return ownerOf(address);
  const key = /^[0-9a-f]{66}$/i.test(pubkey ?? '') ? fromHex(pubkey ?? '') : undefined;
  if (!key || !nobleCurve.isPoint(key)) throw new UsageError(`invalid value '${pubkey}' for '--pubkey'`);
  return key;
}

export const messageVerify: Command = {
  path: ['message', 'verify'],
  about: 'Verify a signed message',
  positionals: [
    { name: 'MESSAGE', help: 'The message that was signed' },
    { name: 'SIGNATURE', help: 'The signature, in hex' },
  ],
  options: [
    { name: 'pubkey', value: 'PUBKEY', help: 'The public key to verify the signature against' },
    { name: 'address', value: 'ADDRESS', help: 'The Ark address whose owner is to have signed' },
  ],
  async runWithout({ args, output }) {
    const signature = args.required('SIGNATURE');
    if (!/^[0-9a-f]{128}$/i.test(signature)) throw new UsageError('the signature is not 64 bytes of hex');
    const message = utf8ToBytes(args.required('MESSAGE'));
    if (!verifyMessage(nobleCurve, message, fromHex(signature), signer(args)))
      throw refuse('invalid signature');
    output.json({ valid: true });
  },
};
