// What a service has to say to those who paid (LUD-09, LUD-10). It lies in the history line from the start; it is read
// only after the payment, and an encrypted one only then can be.

import { fromHex } from '../../crypto/bytes.ts';
import type { SuccessAction } from '../../lightning/lnurl-pay.ts';
import type { MovementRow } from '../../store/rows.ts';

export interface Receipt {
  /** Text of a stranger. */
  text: string;
  /** A page of the service's own host; never opened without a click. */
  url?: string;
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** AES-256-CBC under the preimage. */
async function decrypt(
  action: SuccessAction & { tag: 'aes' },
  preimage: string,
): Promise<string | undefined> {
  try {
    const raw = new Uint8Array(fromHex(preimage));
    const key = await crypto.subtle.importKey('raw', raw, 'AES-CBC', false, ['decrypt']);
    const cipher = { name: 'AES-CBC', iv: fromBase64(action.iv) };
    const plain = await crypto.subtle.decrypt(cipher, key, fromBase64(action.ciphertext));
    return new TextDecoder('utf-8', { fatal: true }).decode(plain);
  } catch {
    return undefined; // the service's mistake; the payment stands
  }
}

/** The service's words for a payment that succeeded; undefined when there are none, or none that can be read. */
export async function receiptOf({ status, metadata }: MovementRow): Promise<Receipt | undefined> {
  const action = metadata['success_action'] as SuccessAction | undefined;
  const preimage = metadata['payment_preimage'];
  if (status !== 'successful' || action === undefined || typeof preimage !== 'string') return undefined;
  switch (action.tag) {
    case 'message':
      return { text: action.message };
    case 'url':
      return { text: action.description, url: action.url };
    case 'aes': {
      const secret = await decrypt(action, preimage);
      return secret === undefined ? undefined : { text: `${action.description} ${secret}`.trim() };
    }
  }
}
