// Ark addresses among the things somebody may type: of our server, of another, of Arkade.
import { decodeAddress, isForServer } from '../ark/address.ts';
import type { ArkAddress } from '../ark/address.ts';
import type { Curve } from '../crypto/curve.ts';
import { isSkiffError, SkiffError } from '../errors.ts';
import { arkadeOption } from './payment-options.ts';
import type { PayerContext, PaymentOption } from './payment-options.ts';

/** Does the text mean to be an Ark address, of whatever kind? */
export const isArkAddress = (text: string): boolean => /^t?ark1/i.test(text);

function problems(address: ArkAddress, context: PayerContext): SkiffError[] {
  const found: SkiffError[] = [];
  if (address.testnet === (context.network === 'mainnet')) {
    found.push(
      new SkiffError({
        code: 'WRONG_NETWORK',
        say: `This Ark address is for ${address.testnet ? 'a test network' : 'mainnet'}; this wallet is on ${context.network}.`,
      }),
    );
  }
  const server = context.serverPubkey;
  if (server !== undefined && !isForServer(address, server)) {
    found.push(
      new SkiffError({
        code: 'WRONG_SERVER',
        say: 'This Ark address belongs to another Ark server. Ask for a Lightning invoice instead.',
      }),
    );
  }
  const isDeliverable =
    address.delivery.length === 0 || address.delivery.some((d) => d.type === 'server-mailbox');
  if (address.policy.type !== 'pubkey' || !isDeliverable) {
    found.push(
      new SkiffError({
        code: 'UNSUPPORTED',
        say: 'This Ark address asks for something Skiff does not know yet. Ask for a plain one, or an invoice.',
        details: { policy: address.policy.type },
      }),
    );
  }
  return found;
}

/** @throws SkiffError INVALID_ADDRESS or INVALID_CHECKSUM when the text is no address at all. */
export function arkOption(curve: Curve, text: string, context: PayerContext): PaymentOption {
  let address: ArkAddress;
  try {
    address = decodeAddress(curve, text);
  } catch (e) {
    if (isSkiffError(e, 'WRONG_SERVER')) return arkadeOption(text);
    throw e;
  }
  return { method: { kind: 'ark', text: text.toLowerCase(), address }, problems: problems(address, context) };
}
