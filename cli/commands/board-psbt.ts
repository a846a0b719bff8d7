// `board-address` and `board-psbt`: another wallet pays for a board. bark offers this to programs only, so these commands
// are ours: the first gives an address, the second takes the PSBT that pays it. A PSBT with all signatures is broadcast
// here, one without by whoever adds them; it must not change any more, for the coin is made for that very transaction.
import { readFileSync } from 'node:fs';
import { readPsbt } from '../../src/bitcoin/psbt.ts';
import type { BoardState } from '../../src/wallet/actions/board/state.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';
import { sync } from '../session.ts';
import { actionWhen, stepOf } from '../wait.ts';

export const boardAddress: Command = {
  path: ['board-address'],
  about: 'Get an address at which another wallet can board for this one',
  async run({ wallet }, { output }) {
    const { address, keyIndex, expiryHeight } = await wallet.newBoardPlace();
    output.json({ address, key_index: keyIndex, expiry_height: expiryHeight });
  },
};

function readBytes(given: string): Uint8Array {
  const text = (given === '-' ? readFileSync(0, 'utf8') : given).trim();
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== text) throw refuse('the PSBT is not base64');
  return new Uint8Array(bytes);
}

const whole = (name: string, given: string | undefined): number => {
  if (given === undefined || !/^\d{1,10}$/.test(given)) throw refuse(`--${name} must be a whole number`);
  return Number(given);
};

export const boardPsbt: Command = {
  path: ['board-psbt'],
  about: 'Board what a PSBT of another wallet pays to an address of board-address',
  positionals: [{ name: 'PSBT', help: 'Base64, or - for standard input' }],
  options: [
    { name: 'key-index', value: 'N', help: 'As board-address gave it' },
    { name: 'expiry-height', value: 'HEIGHT', help: 'As board-address gave it' },
    NO_SYNC,
  ],
  async run(session, { args, output }) {
    const place = {
      keyIndex: whole('key-index', args.option('key-index')),
      expiryHeight: whole('expiry-height', args.option('expiry-height')),
    };
    const funding = readPsbt(readBytes(args.required('PSBT')));
    await sync(session, args.flag('no-sync'), output);
    const { actionId } = await session.wallet.boardFunding(place, funding);
    const ready = (step: string) => step === 'confirming' || (step === 'broadcasting' && !funding.raw);
    const row = await actionWhen(session, actionId, (r) => ready(stepOf(r)));
    if (!row) {
      const end = await session.wallet.outcome(actionId);
      if (end.status === 'failed') throw end.error;
    }
    const state = row?.state as BoardState | undefined;
    const movement = await session.wallet.movement(actionId);
    output.json({
      chain_anchor: movement?.metadata['chain_anchor'],
      vtxos: movement?.outputs,
      amount_sat: state && state.amount - state.fee,
      broadcast: funding.raw !== undefined,
      movement_id: movement?.id,
    });
  },
};
