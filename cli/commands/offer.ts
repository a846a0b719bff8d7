// `offer`: the offer to be paid under. `offers`: all of them, with what the server has confirmed.
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';
import { sync } from '../session.ts';

const unsupported = () => refuse('this Ark server cannot take payments for offers; make an invoice instead');

export const offer: Command = {
  path: ['offer'],
  about: 'Show the bolt12 offer under which this wallet can be paid, also while it is offline',
  options: [{ name: 'new', help: 'Another one, that nobody has seen' }],
  async run(session, { args, output }) {
    const own = await session.wallet.ownOffer(args.flag('new'));
    if (own.is === 'unsupported') throw unsupported();
    if (own.is === 'preparing') throw refuse('the offer is still being set up with the server; try again');
    output.json({ offer: own.offer });
  },
};

export const offers: Command = {
  path: ['offers'],
  about: 'List the bolt12 offers of this wallet',
  async run(session, { output }) {
    await sync(session, false, output);
    const all = await session.wallet.ownOffers();
    output.json(
      all.map((one) => ({
        offer: one.offer,
        status: one.status,
        created_at: new Date(one.createdAt).toISOString(),
        expires_at: one.expiresAt === undefined ? null : new Date(one.expiresAt).toISOString(),
      })),
    );
  },
};
