// `dev vtxo …`: looking into coins, and repairing what a wallet knows of them. For people who know what they do.
import { decodeVtxo, vtxoId, type Vtxo } from '../../src/ark/vtxo.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { isSkiffError } from '../../src/errors.ts';
import { allCoins, coin, coinBody, coinTables, forgetCoins } from '../../src/store/coins.ts';
import { adoptServerStatus } from '../../src/wallet/recovery/adopt.ts';
import { importCoins } from '../../src/wallet/recovery/import.ts';
import { UsageError, type ParsedArgs } from '../args.ts';
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';
import type { Session } from '../session.ts';
import { vtxoFacts, vtxoJson } from '../views.ts';

function decode(hex: string): Vtxo {
  if (!/^([0-9a-f]{2})+$/i.test(hex)) throw refuse(`invalid vtxo: ${hex.slice(0, 40)}`);
  return decodeVtxo(nobleCurve, fromHex(hex), 'full');
}

function assertDangerous(args: ParsedArgs): void {
  if (!args.flag('dangerous')) throw refuse('You must acknowledge the danger. Run again with --dangerous');
}

const DANGEROUS = {
  name: 'dangerous',
  help: 'You must use this flag to acknowledge the danger of running this command',
} as const;
const VTXOS = { name: 'VTXOS', optional: true, many: true } as const;

export const devVtxoDecode: Command = {
  path: ['dev', 'vtxo', 'decode'],
  about: 'Decode a serialized VTXO',
  positionals: [{ name: 'VTXO', help: 'VTXO encoded in hex' }],
  async runWithout({ args, output }) {
    output.json(vtxoFacts(decode(args.required('VTXO'))));
  },
};

const printed = ({ db }: Session, id: string) =>
  db.read([...coinTables], async (tx) => {
    const row = await coin(tx, id);
    if (!row) throw refuse(`VTXO not found: ${id}`);
    return vtxoJson(row, decodeVtxo(nobleCurve, await coinBody(tx, id), 'full'));
  });

export const devVtxoDrop: Command = {
  path: ['dev', 'vtxo', 'drop'],
  about: 'Drop a VTXO from the database (dangerous)',
  options: [
    DANGEROUS,
    { name: 'all', help: 'Drop all VTXOs' },
    { name: 'vtxo', value: 'VTXO', many: true, help: 'A VTXO; you can use it multiple times' },
  ],
  async run({ db }, { args, output }) {
    assertDangerous(args);
    const dropped = await db.write([...coinTables], async (tx) => {
      const ids = args.flag('all') ? (await allCoins(tx)).map((row) => row.id) : args.options('vtxo');
      await forgetCoins(tx, ids);
      return ids;
    });
    for (const id of dropped) output.info(`Dropped vtxo ${id}`);
  },
};

export const devVtxoAdopt: Command = {
  path: ['dev', 'vtxo', 'trust-and-adopt-server-status'],
  about: "Take the server's word for the state of VTXOs in this wallet (dangerous)",
  positionals: [{ ...VTXOS, help: 'The VTXOs to check' }],
  options: [DANGEROUS, { name: 'all', help: 'Check every VTXO in the wallet that has not exited' }],
  async run(session, { args, output }) {
    assertDangerous(args);
    const named = args.positionals('VTXOS');
    const all = args.flag('all');
    if (all && named.length > 0) throw new UsageError("'--all' cannot be used with '[VTXOS]...'");
    if (!all && named.length === 0) throw refuse('Pass either --all or a list of vtxo ids');
    const rows = await session.db.read(['coins'], allCoins);
    const ids = all ? rows.filter((row) => row.state !== 'exited').map((row) => row.id) : named;
    const updated: unknown[] = [];
    let failed = 0;
    for (const id of ids) {
      try {
        const state = await adoptServerStatus(session.deps, id);
        output.info(
          state === undefined ? `Vtxo ${id} is locked, leaving it alone` : `Vtxo ${id} is ${state}`,
        );
        updated.push(await printed(session, id));
      } catch (e) {
        if (!isSkiffError(e)) throw e;
        output.log.warn(`Failed to check vtxo ${id}`, { reason: e.say });
        failed++;
      }
    }
    output.json(updated);
    if (failed > 0) throw refuse(`Failed to update ${failed} vtxos`);
  },
};

export const devVtxoImport: Command = {
  path: ['dev', 'vtxo', 'import'],
  about: 'Import serialized VTXOs into the wallet',
  positionals: [{ ...VTXOS, help: 'VTXOs encoded in hex' }],
  options: [
    { name: 'gap-limit', value: 'GAP_LIMIT', help: 'Unused keys in a row to search for the owner of each' },
    {
      name: 'skip-status-check',
      help: "Import as spendable without asking the server for each VTXO's state",
    },
    { name: 'allow-partial', help: 'Keep the VTXOs that import even when another one fails' },
  ],
  async run(session, { args, output }) {
    const texts = args.positionals('VTXOS');
    if (texts.length === 0) throw refuse('No VTXOs provided. Add raw VTXO arguments to import');
    const gap = args.option('gap-limit');
    if (gap !== undefined && !/^\d{1,6}$/.test(gap))
      throw new UsageError(`invalid value '${gap}' for '--gap-limit'`);
    const vtxos = texts.map(decode);
    const ids = await importCoins(session.deps, vtxos, {
      gap: gap === undefined ? session.config.vtxo_key_gap_limit : Number(gap),
      skipStatusCheck: args.flag('skip-status-check'),
      allowPartial: args.flag('allow-partial'),
    });
    output.json(
      await Promise.all(
        vtxos
          .map(vtxoId)
          .filter((id) => ids.has(id))
          .map((id) => printed(session, id)),
      ),
    );
  },
};
