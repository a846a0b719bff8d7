// Where an Ark address leads: the policy of the coins it wants and the mailboxes to tell. The rules are those of bark's
// `validate_arkoor_address`: right network, our server, a plain key, and either no delivery or one that we know.

import { decodeAddress, isForServer } from '../ark/address.ts';
import type { PubkeyPolicy } from '../ark/policy.ts';
import { SkiffError } from '../errors.ts';
import type { Deps } from './ports.ts';

export interface ArkDestination {
  policy: PubkeyPolicy;
  /** Blinded ids, 33 bytes each; empty when the recipient wants to be handed the coins in another way. */
  mailboxes: Uint8Array[];
}

/**
 * @param serverPubkey the address must be of this server; left out where that was looked at before
 * @throws SkiffError INVALID_ADDRESS, WRONG_NETWORK, WRONG_SERVER, UNSUPPORTED
 */
export function destinationOf(deps: Deps, text: string, serverPubkey?: Uint8Array): ArkDestination {
  const address = decodeAddress(deps.ports.curve, text);
  if (address.testnet !== (deps.config.network !== 'mainnet')) {
    throw new SkiffError({
      code: 'WRONG_NETWORK',
      say: 'This Ark address is for another network. Nothing was sent.',
      details: { network: deps.config.network },
    });
  }
  if (serverPubkey && !isForServer(address, serverPubkey)) {
    throw new SkiffError({
      code: 'WRONG_SERVER',
      say: 'This Ark address belongs to another Ark server. Nothing was sent.',
    });
  }
  if (address.policy.type !== 'pubkey') throw unsupported('policy');
  const mailboxes = address.delivery.flatMap((d) => (d.type === 'server-mailbox' ? [d.blindedId] : []));
  if (address.delivery.length > 0 && mailboxes.length === 0) throw unsupported('delivery');
  return { policy: address.policy, mailboxes };
}

const unsupported = (part: string) =>
  new SkiffError({
    code: 'UNSUPPORTED',
    say: 'This Ark address asks for something Skiff does not know yet. Nothing was sent.',
    details: { part },
  });
