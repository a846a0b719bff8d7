// Where coins of a restored seed may be heard of: the server's scan of the account key, the main mailbox from its
// beginning, the recovery mailbox. Each is asked to its end; one that fails does not stop the others. The server can hide
// coins from us, but not make any up: whatever comes is proven before it counts.

import { xpubRecoveryAuthorization } from '../../ark/mailbox.ts';
import { vtxoIdFromBytes, vtxoIdText } from '../../ark/vtxo-id.ts';
import { decodeVtxo, vtxoId } from '../../ark/vtxo.ts';
import { isSkiffError } from '../../errors.ts';
import type { ArkServer } from '../../server/connect.ts';
import { isAbsent } from '../../server/errors.ts';
import { aheadOf } from '../mailbox/clock.ts';
import { mintPass } from '../mailbox/pass.ts';
import type { Deps } from '../ports.ts';

export interface Candidate {
  id: string;
  /** Full VTXO, where it was told. */
  bytes?: Uint8Array;
  /** Index of its key, as the server says. */
  hint?: number;
}

export interface Heard {
  candidates: Map<string, Candidate>;
  /** What could not be asked to its end. */
  errors: unknown[];
}

const XPUB_PASS_S = 60;
const SCAN_PASS_MS = 10 * 60_000;
/** Rounds of one scan: a server that never says "enough" is not followed for ever. */
const MOST_PAGES = 10_000;

/** Asks all three sources. @throws SkiffError LOCKED, SERVER_UNREACHABLE */
export async function hearOfCoins(deps: Deps): Promise<Heard> {
  const server = await deps.ports.server();
  const heard: Heard = { candidates: new Map(), errors: [] };
  for (const source of [scanAccount, scanMailbox('mailbox'), scanMailbox('recoveryMailbox')]) {
    try {
      await source(deps, server, heard);
    } catch (error) {
      if (isSkiffError(error, 'FENCED') || isSkiffError(error, 'LOCKED')) throw error;
      // Older servers do not scan accounts: the mailboxes have to do.
      if (!isAbsent(error)) heard.errors.push(error);
    }
  }
  return heard;
}

function add({ candidates }: Heard, found: Candidate): void {
  candidates.set(found.id, { ...candidates.get(found.id), ...found });
}

function addBody({ ports }: Deps, heard: Heard, bytes: Uint8Array, hint?: number): void {
  try {
    const id = vtxoId(decodeVtxo(ports.curve, bytes, 'full'));
    add(heard, { id, bytes, ...(hint !== undefined && { hint }) });
  } catch (error) {
    heard.errors.push(error);
  }
}

async function scanAccount(deps: Deps, server: ArkServer, heard: Heard): Promise<void> {
  const { ports, config } = deps;
  const info = await server.info();
  let startIndex = 0;
  let cursorVtxoId: Uint8Array | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const account = ports.keys.unlocked().vtxoAccount(config.network !== 'mainnet');
    const expiry = BigInt(Math.floor((ports.now() + aheadOf(server)) / 1000) + XPUB_PASS_S);
    const authorization = xpubRecoveryAuthorization(
      ports.curve,
      account,
      info.serverPubkey,
      expiry,
      ports.random(32),
    );
    account.secret.fill(0);
    const answer = await server.recoverVtxosByXpub({
      xpub: account.xpub,
      startIndex,
      authorization,
      ...(cursorVtxoId && { cursorVtxoId }),
    });
    for (const { vtxo, derivationIndex } of answer.vtxos) addBody(deps, heard, vtxo, derivationIndex);
    const moved = answer.nbKeysScanned > 0 || answer.cursorVtxoId !== undefined;
    if (!answer.haveMore || !moved) return;
    startIndex += answer.nbKeysScanned;
    cursorVtxoId = answer.cursorVtxoId;
  }
}

const scanMailbox =
  (which: 'mailbox' | 'recoveryMailbox') =>
  async (deps: Deps, server: ArkServer, heard: Heard): Promise<void> => {
    let checkpoint = 0n;
    for (let page = 0; page < MOST_PAGES; page++) {
      const pass = mintPass(deps, which, deps.ports.now() + aheadOf(server) + SCAN_PASS_MS);
      const { messages } = await server.readMailbox({ ...pass, checkpoint });
      // `have_more` is no proof of the end: only an empty page is.
      if (messages.length === 0) return;
      for (const { message } of messages) {
        if (message.case === 'arkoor') for (const bytes of message.value.vtxos) addBody(deps, heard, bytes);
        if (message.case === 'recoveryVtxoIds') for (const id of message.value.vtxoIds) addId(heard, id);
      }
      const next = messages.reduce((most, m) => (m.checkpoint > most ? m.checkpoint : most), checkpoint);
      if (next <= checkpoint) return;
      checkpoint = next;
    }
  };

function addId(heard: Heard, bytes: Uint8Array): void {
  try {
    add(heard, { id: vtxoIdText(vtxoIdFromBytes(bytes)) });
  } catch (error) {
    heard.errors.push(error);
  }
}
