// Boarding from another wallet by PSBT: its address is kept, so that a popup that was closed shows the same one again, and
// what that wallet prepared is judged here before anything is agreed to.
import { base64 } from '@scure/base';
import { readPsbt, type Prepared } from '../bitcoin/psbt.ts';
import { SkiffError } from '../errors.ts';
import type { Handlers } from '../messaging/map.ts';
import { meta, setMeta, type Meta } from '../store/meta.ts';
import type { Host } from './host.ts';

type PsbtCommand = 'boardPlace' | 'psbtQuote' | 'boardPsbt';

/** An address that is older makes a coin that is too short-lived. */
const FRESH_MS = 24 * 3_600_000;

function readText(text: string): Prepared {
  let bytes: Uint8Array;
  try {
    bytes = base64.decode(text.replace(/\s+/g, ''));
  } catch {
    throw new SkiffError({ code: 'INVALID_ENCODING', say: 'This is not a PSBT.' });
  }
  return readPsbt(bytes);
}

/** @param host of the present wallet, which a change of server replaces */
export function psbtCommands(host: Host, now: () => number): Pick<Handlers, PsbtCommand> {
  async function place(): Promise<Meta['boardPlace']> {
    const db = await host.db();
    const kept = await db.read(['meta'], (tx) => meta(tx, 'boardPlace'));
    if (kept && Math.abs(now() - kept.at) < FRESH_MS) return kept;
    const made = { ...(await (await host.wallet()).newBoardPlace()), at: now() };
    await db.write(['meta'], (tx) => setMeta(tx, 'boardPlace', made));
    return made;
  }
  return {
    boardPlace: async () => ({ address: (await place()).address }),

    async psbtQuote({ psbt }) {
      const funding = readText(psbt);
      const { amount, fee } = await (await host.wallet()).fundingQuote(await place(), funding);
      return { amount, fee, minerFee: funding.fee, signed: funding.raw !== undefined };
    },

    async boardPsbt({ psbt }) {
      const [kept, funding] = [await place(), readText(psbt)];
      const started = await (await host.wallet()).boardFunding(kept, funding);
      // Its signatures may still be brought here; with them it is done, and the next one gets another address.
      if (funding.raw)
        await (await host.db()).write(['meta'], (tx) => setMeta(tx, 'boardPlace', { ...kept, at: 0 }));
      return started;
    },
  };
}
