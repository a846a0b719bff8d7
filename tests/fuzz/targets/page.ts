// What a page may say to the background, and what may lie in the extension's own storage.
import { bridgeCall, parse } from '../../../src/provider/schema.ts';
import { methods } from '../../../src/provider/methods/index.ts';
import { readContents } from '../../../src/wallet/backup/contents.ts';
import { damagedBackup, openBackup, sealBackup } from '../../../src/wallet/backup/file.ts';
import { MIN_ITERATIONS, VAULT_VERSION } from '../../../src/vault/box.ts';
import { readPhrase } from '../../../src/vault/phrase.ts';
import { parseRecord } from '../../../src/vault/record.ts';
import type { Target } from '../target.ts';
import { jsonTarget, textTarget } from './kinds.ts';

const id = '7e6b2f62-57a9-4f5e-9d0b-0a3c5e6f7a8b';
const call = (method: string, params: unknown): unknown => ({ id, method, params, gesture: true });

const calls = [
  call('enable', null),
  call('sendPayment', 'lnbcrt1'),
  call('sendPaymentAsync', 'lnbcrt1'),
  call('lnurl', 'lnurl1'),
  call('lookupInvoice', { paymentHash: 'ab'.repeat(32) }),
  call('lookupInvoice', { paymentRequest: 'lnbcrt1' }),
  call('makeInvoice', { amount: 1000, defaultMemo: 'tea', minimumAmount: 1, maximumAmount: '2000' }),
  call('makeInvoice', 1000),
  call('signMessage', 'hello'),
  call('verifyMessage', { signature: 'abc', message: 'hello' }),
  call('link', 'lightning:lnbcrt1'),
];

const head = { network: 'regtest', wallet: '01020304', made: '2026-01-01T00:00:00.000Z' };
const key = new Uint8Array(32).fill(7);
const backup = await sealBackup('{"movements":[]}', head, key, new Uint8Array(12).fill(9));

const contents = {
  movements: [],
  paidInvoices: [],
  invoices: [],
  sites: [],
  settings: { autoLockMinutes: 15, theme: 'dark' },
  nextKey: 12,
};

const box = (length: number) => ({ iv: new Uint8Array(12), ct: new Uint8Array(length) });
const record = {
  v: VAULT_VERSION,
  kdf: { name: 'PBKDF2-SHA256', iterations: MIN_ITERATIONS, salt: new Uint8Array(16) },
  keys: box(80),
  seed: box(80),
  phrase: box(90),
};

export const page: Target[] = [
  jsonTarget(
    'page-message',
    () => calls,
    (message) => {
      const { method, params } = parse(bridgeCall, message);
      const found = methods.get(method);
      if (found) parse(found.params, params);
    },
  ),
  textTarget(
    'backup',
    () => [backup],
    (text) => openBackup(text, key, head),
  ),
  jsonTarget(
    'backup-contents',
    () => [contents],
    (found) => {
      const read = readContents(found);
      if ('bad' in read) throw damagedBackup(read.bad);
    },
  ),
  jsonTarget('vault-record', () => [record], parseRecord),
  textTarget(
    'recovery-words',
    () => [
      'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about',
      'legal winner thank year wave sausage worth useful legal winner thank yellow',
    ],
    readPhrase,
  ),
];
