// npm run bench: medians and ratios of one run. `npm run bench -- crypto` leaves out what needs a browser.
import { nobleCurve } from '../../src/crypto/noble.ts';
import { coins, cosign, schnorrVerify } from './crypto.ts';
import { mailboxRows } from './mailbox.ts';
import { line, type Row } from './measure.ts';
import { nativePeer } from './native.ts';
import { walletRows } from './wallet.ts';

const rows: Row[] = [];
const print = (row: Row) => {
  rows.push(row);
  console.log(line(row));
};

const native = nativePeer();
console.log(`native peer: ${native.peer}; Node ${process.version}\n`);
print(schnorrVerify(nobleCurve, native));
print(cosign(nobleCurve));
for (const row of coins(nobleCurve, native)) print(row);
for (const row of await walletRows(native)) print(row);
for (const row of await mailboxRows()) print(row);
if (!process.argv.includes('crypto')) {
  const { storeRows } = await import('./store.ts');
  for (const row of await storeRows()) print(row);
  const { browserRows } = await import('./browser.ts');
  for (const row of await browserRows()) print(row);
}
