// What rust-lightning answers to `pay_for_bolt12_invoice`, row by row, against the real wallet over a devnet: result, name,
// events, what reached the payee, which ids are taken afterwards. Where an Ark wallet must not do what LDK does, the row
// says so in DEVIATIONS; nothing else differs.
import type { Check } from '../check.ts';
import { stage, type InvoiceSpec, type PayEvent } from '../pay-decisions.ts';

interface Step {
  call: 'pay' | 'abandon' | 'timer_tick';
  payment_id: string;
  amount_msats?: string | null;
  invoice: InvoiceSpec;
  result: string;
  htlcs_sent_now: { amount_msat: number; onion_total_msat: number }[];
  events: PayEvent[];
  times?: number;
}

interface Case {
  name: string;
  steps: Step[];
  tracked_after: string[];
}

/** An Ark server settles by hash: a hash that is under way is not paid again under another id. Step that is refused. */
const DEVIATIONS: Readonly<Record<string, number>> = {
  'same invoice, fresh id (not deduplicated by LDK)': 1,
  'two parts with two ids from one node': 1,
  'abandoned while in flight, then a fresh id': 2,
};

export async function compare(file: { cases: Case[]; set: string }, check: Check): Promise<void> {
  const { cases } = file;
  check.informative(file.set);
  const { play, stop } = await stage();
  try {
    for (const { name, steps, tracked_after } of cases) {
      const player = await play();
      const refusedAt = DEVIATIONS[name];
      for (const [at, step] of steps.entries()) {
        const label = `${name}, step ${at + 1}`;
        const { payment_id: id, events } = step;
        if (step.call === 'pay') {
          const amount = step.amount_msats ?? undefined;
          const result = await player.pay(
            id,
            step.invoice,
            amount === undefined ? undefined : BigInt(amount),
          );
          check(result, at === refusedAt ? 'DuplicateInvoice' : step.result, `${label}: result`);
          check.informative(step.result);
          const arrived = await player.arrived();
          check(arrived, step.htlcs_sent_now, `${label}: reached the payee`);
        } else if (step.call === 'abandon') await player.abandon(id);
        else check.informative(step.times);
        check(await player.events(), events, `${label}: events`);
      }
      // The id that LDK gave to the second payment of the hash is not taken here.
      const tracked = refusedAt === undefined ? tracked_after : tracked_after.slice(1);
      const states = await player.tracked();
      check(states, tracked, `${name}: ids that are taken`);
      if (refusedAt !== undefined) check.informative(tracked_after[0]);
      if (tracked.length === 0) check(await player.coinsTouched(), false, `${name}: coins that are locked`);
      await player.close();
    }
  } finally {
    await stop();
  }
}
