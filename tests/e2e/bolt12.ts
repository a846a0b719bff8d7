// Invoices of BOLT 12 that somebody handed over, in the popup and from a page.
import { approve, PAYS } from '../../scripts/driver.ts';
import { callWebln, check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';

const NOTE = 'This wallet did not ask for this invoice';

/** An invoice that another wallet asked for. */
function handedOver({ devnet }: Bench, amountSat: bigint): { text: string; paymentHash: string } {
  const { offer } = devnet.lightning.createOffer({ description: 'two sails', issuer: 'Ropes & Sons' });
  devnet.lightning.fetchInvoice(offer, amountSat * 1000n);
  const made = devnet.lightning.invoices.at(-1);
  if (!made) throw new Error('no invoice');
  return made;
}

export const bolt12Cases: Case[] = [
  {
    name: 'a BOLT 12 invoice that nobody here asked for is shown as that in the popup, and paid',
    async run(bench) {
      const { text, paymentHash } = handedOver(bench, 2109n);
      const popup = await bench.driver.popup();
      await popup.getByRole('button', { name: 'Pay', exact: true }).click();
      await popup.getByLabel('Invoice or address').fill(text);
      for (const words of ['two sails', 'Ropes & Sons', NOTE]) await popup.getByText(words).waitFor();
      await popup.getByRole('button', { name: /^Pay 2.?109.sats$/ }).click();
      await popup.getByText('Preimage (proof of payment)').waitFor();
      equal(bench.devnet.lightning.invoice(paymentHash)?.state, 'settled', 'the invoice');
    },
  },
  {
    name: 'a page that hands over a BOLT 12 invoice has it shown to a person and gets the preimage',
    async run(bench) {
      const { text, paymentHash } = handedOver(bench, 1234n);
      await bench.connect();
      const page = await bench.visit();
      await page.getByRole('heading').click();
      const answered = callWebln(page, 'sendPayment', text);
      const prompt = await bench.driver.prompt(PAYS);
      for (const words of ['two sails', 'Ropes & Sons', NOTE]) await prompt.getByText(words).waitFor();
      await approve(prompt);
      const answer = (await answered) as { preimage?: string };
      check(/^[0-9a-f]{64}$/.test(answer.preimage ?? ''), 'the page has the preimage');
      equal(bench.devnet.lightning.invoice(paymentHash)?.state, 'settled', 'the invoice');
    },
  },
];
