// What the wallet can do, in one list. Every method is short: the work is in the folders beside this file.
// Reads (balance, coins, history …) need neither keys nor network. Whatever moves money is durable before its promise
// resolves and goes on by itself from there (actions/).

import { classify, type Instruction } from '../lightning/payment-request.ts';
import { allCoins, coinTables, liveCoins } from '../store/coins.ts';
import { movementOf } from '../store/movements.ts';
import type { ActionRow, CoinRow, MovementRow } from '../store/rows.ts';
import { actions } from '../store/actions.ts';
import { sats, type Sats } from '../units.ts';
import { arkoorSend } from './actions/arkoor-send/index.ts';
import { board } from './actions/board/index.ts';
import { checkBoardAmount } from './actions/board/start.ts';
import { createExecutor } from './actions/executor.ts';
import type { ActionKind } from './actions/outcome.ts';
import { offboard } from './actions/offboard/index.ts';
import { leaveAll } from './actions/refresh/attendance.ts';
import { adoptRounds } from './actions/refresh/adopt.ts';
import { hear } from './actions/refresh/heard.ts';
import { refresh } from './actions/refresh/index.ts';
import { lightningReceive } from './actions/lightning-receive/index.ts';
import { sweepDrafts } from './actions/lightning-receive/start.ts';
import { lightningReceiveId } from './actions/lightning-receive/state.ts';
import { lightningSend } from './actions/lightning-send/index.ts';
import { startLightningSend, type LightningSendOrder } from './actions/lightning-send/start.ts';
import { onchainSend } from './actions/onchain-send/index.ts';
import { createBackup, type Backup } from './backup/index.ts';
import { BALANCE_TABLES, readBalance, type Balance } from './coins/balance.ts';
import { createMessages, type Messages } from './messages.ts';
import type { EdgeHooks } from './mailbox/dispatch.ts';
import { createMailbox } from './mailbox/index.ts';
import type { FiledOnion } from './mailbox/intake.ts';
import { mintPass, type MailboxPass } from './mailbox/pass.ts';
import type { Sleep } from './mailbox/stream.ts';
import { createRegistrar } from './maintenance/register.ts';
import { refreshDue } from './maintenance/refresh.ts';
import { syncAll } from './maintenance/sync.ts';
import { exit } from './exits/index.ts';
import { noticeForced } from './exits/forced.ts';
import { createLeaving, type Leaving } from './exits/wallet.ts';
import { createOffboarding, type Offboarding } from './offboarding.ts';
import { recoverAndNote } from './recovery/due.ts';
import { acceptElsewhere, reconcile, reconcileIfDue } from './recovery/elsewhere.ts';
import type { RecoveryReport } from './recovery/report.ts';
import { createRefreshing, type Refreshing } from './refreshing.ts';
import { exportMovements, type ExportFile, type ExportFormat } from './movements/export.ts';
import { findMovements, type HistoryQuery } from './movements/read.ts';
import type { HistoryFilter } from './movements/search.ts';
import { receiveAddress } from './onchain/scan.ts';
import { createOnchainSide, type OnchainSide } from './onchain/wallet.ts';
import { minerFee } from './onchain/weight.ts';
import { rememberTip } from './coins/chain-facts.ts';
import { depsOf, type ChosenConfig, type WalletPorts } from './ports.ts';
import { startPayment, type PayOptions } from './pay.ts';
import { quotePayment, type Quote, type QuoteOptions } from './quote.ts';
import { createReceiving, type Receiving } from './receive.ts';
import { newAddress, openAddress } from './open-address.ts';
import { termsOf } from './resolve/index.ts';
import type { ServiceTerms } from './resolve/lnurl-pay.ts';
import { payerContext, paymentStatus, waitForOutcome, type Outcome, type PaymentStatus } from './views.ts';

export type { Balance } from './coins/balance.ts';
export type { PayOptions } from './pay.ts';
export type { Quote } from './quote.ts';
export type { Outcome, PaymentStatus } from './views.ts';
export type { Instruction } from '../lightning/payment-request.ts';
export type CoinView = CoinRow;
export type MovementView = MovementRow;

export interface BoardAddress {
  address: string;
  /** Less than this stays on-chain until more arrives. */
  minimum: Sats;
  confirmations: number;
  /** What it costs to make `amount` spendable: the server's fee and the miner's, roughly. */
  estimateFee(amount: Sats): Sats;
}

export interface Wallet extends OnchainSide, Receiving, Leaving, Refreshing, Offboarding, Messages, Backup {
  balance(): Promise<Balance>;
  /** Live coins, or every coin there ever was. */
  coins(all?: boolean): Promise<CoinView[]>;
  /** Newest first; all, or those that fit. */
  history(query?: HistoryQuery): Promise<MovementView[]>;
  /** The history as a file, oldest line first. */
  exportHistory(format: ExportFormat, filter?: HistoryFilter): Promise<ExportFile>;
  /** The history line of an action. */
  movement(actionId: string): Promise<MovementView | undefined>;
  /** What is under way. */
  pending(): Promise<ActionRow[]>;

  /** A new Ark address; works offline after the first contact. */
  newAddress(): Promise<{ address: string; index: number }>;
  /** The last address that has received nothing yet, or a new one. */
  openAddress(): Promise<{ address: string; index: number }>;
  /** A bitcoin address whose money becomes spendable by itself. */
  boardAddress(): Promise<BoardAddress>;

  /** What is this text, and can it be paid? Nobody is asked. @throws SkiffError when it is nothing payable */
  inspect(text: string): Promise<Instruction>;
  /** What it costs (of several ways: `takeOption`). The recipient is not asked, so its limits show when it is paid. */
  quote(instruction: Instruction, amount?: Sats | 'all', options?: QuoteOptions): Promise<Quote>;
  /** What the service behind a Lightning address or LNURL takes: asks it. @throws SkiffError; UNSUPPORTED for anything else */
  terms(instruction: Instruction): Promise<ServiceTerms>;
  /**
   * Fetches an invoice where one is needed, then starts the payment; resolves once that is durable.
   * @throws SkiffError; then nothing was stored or locked
   */
  pay(instruction: Instruction, options?: PayOptions): Promise<{ actionId: string; paymentHash?: string }>;
  /** Starts the payment of an invoice that was checked above. @throws SkiffError as {@link pay} */
  payBill(order: LightningSendOrder): Promise<{ actionId: string }>;
  /** Drives an action on, as soon as it can be. */
  drive(actionId: string): void;
  /** Resolves when the action has ended, whoever drives it. */
  outcome(actionId: string, signal?: AbortSignal): Promise<Outcome>;
  /** By payment hash, hex. */
  paymentStatus(paymentHash: string): Promise<PaymentStatus>;

  /** Brings everything up to date. @throws the first error, after every part had its chance */
  sync(): Promise<void>;
  /**
   * Reads and handles what waits in the mailbox, ten pages at most. While locked with a pass that was kept: what needs
   * a key waits in the inbox. @returns whether there is more @throws SkiffError LOCKED without a pass
   */
  readMail(): Promise<'end' | 'more'>;
  /**
   * Handles messages as they come, through ends and failures of the stream, until `signal` aborts; false, at once, when
   * another context does it. @throws SkiffError when the server will have none of it, LOCKED
   */
  followMail(signal: AbortSignal, sleep: Sleep): Promise<boolean>;
  /** An onion message that came from elsewhere than the mailbox: resolves when it is on disk. */
  fileOnion(message: FiledOnion): Promise<void>;
  /** Works on messages that are on disk and due. */
  handleMail(): Promise<void>;
  /**
   * Signs a permission to read the mailbox until `until` (ms, the server's clock); it cannot spend, and whoever has it
   * can use it. @throws SkiffError LOCKED
   */
  mailboxPass(until: number): MailboxPass;
  /** As `sync`, then looks for coins that another copy has spent, then refreshes what is due. */
  maintain(): Promise<void>;
  /**
   * Looks for the coins of a restored seed, as often as one likes. @throws SkiffError LOCKED, SERVER_UNREACHABLE
   */
  recover(): Promise<RecoveryReport>;
  /**
   * Asks the server whether another copy of this seed has spent coins of ours, and sets those aside. Resolves with their
   * ids. `due`: only when that is long ago. @throws SkiffError LOCKED, SERVER_UNREACHABLE
   */
  reconcile(when?: 'due'): Promise<string[]>;
  /** The person says that the other copy spent what is set aside. */
  acceptElsewhere(): Promise<void>;
  /** Looks at the chain's tip and remembers it; needs no key. @throws SkiffError CHAIN_UNREACHABLE, CHAIN_DISAGREES */
  seeTip(): Promise<void>;
  /** At start and after unlocking: drives every unfinished action. */
  resume(): Promise<void>;
  /** The host's answer to `ports.schedule`: drives what is due. */
  wake(): Promise<void>;
  /** Ends gracefully: running steps finish, no other starts. */
  stop(): Promise<void>;
}

/**
 * Opens the wallet over its ports. Nothing runs before `resume`, `sync` or a command.
 * @param more kinds of actions of what is built on the wallet
 * @param edge hears what the mailbox brings from the edge of the Lightning network
 */
export function openWallet(
  ports: WalletPorts,
  config: ChosenConfig,
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each has a state of its own, as in the executor
  more: readonly ActionKind<any>[] = [],
  edge?: EdgeHooks,
): Wallet {
  const deps = depsOf(ports, config);
  const executor = createExecutor(deps, [
    lightningSend,
    lightningReceive,
    arkoorSend,
    board,
    onchainSend,
    exit,
    refresh,
    offboard,
    ...more,
  ]);
  const { db } = ports;
  const registrar = createRegistrar(deps);
  let syncing: Promise<void> | undefined;

  /** Durably started: the drive goes on beside the answer. */
  const started = (actionId: string): string => {
    executor.drive(actionId).then(registrar.poke, (error: unknown) => {
      ports.log.warn('an action stopped and waits for its timer', { id: actionId, reason: String(error) });
    });
    return actionId;
  };
  const mailbox = createMailbox(deps, {
    wake: started,
    received: registrar.poke,
    ...(edge && { edge }),
    onIncomingPayment: async (hash) => void started(lightningReceiveId(hash)),
    onRoundCompleted: async (unlockHash) => {
      (await hear(deps, unlockHash)).forEach(started);
      (await adoptRounds(deps)).forEach(started);
    },
  });

  const wallet: Wallet = {
    ...createReceiving(deps, started),
    balance: () => db.read(BALANCE_TABLES, (tx) => readBalance(tx, ports.now())),
    coins: (all = false) => db.read(coinTables, all ? allCoins : liveCoins),
    history: (query) => db.read(['movements'], (tx) => findMovements(tx, query)),
    exportHistory: async (format, filter) => {
      const lines = await db.read(['movements'], (tx) => findMovements(tx, filter));
      return exportMovements(lines.reverse(), format, ports.now());
    },
    movement: (id) => db.read(['movements'], (tx) => movementOf(tx, id)),
    pending: () => db.read(['actions'], (tx) => actions(tx)),

    newAddress: () => newAddress(deps),
    openAddress: () => openAddress(deps),
    boardAddress: async () => {
      const { address } = await receiveAddress(deps, 'board');
      const info = await (await ports.server()).info();
      const { regular } = await ports.chain.feeRates();
      return {
        address,
        minimum: info.minBoardAmount,
        confirmations: info.requiredBoardConfirmations,
        estimateFee: (amount) => sats(checkBoardAmount(amount, info) + minerFee(1, 1, regular)),
      };
    },

    inspect: async (text) => classify(ports.curve, text, await payerContext(deps)),
    terms: (instruction) => termsOf(deps, instruction),
    quote: (instruction, amount, options) => quotePayment(deps, instruction, amount, options),
    pay: async (instruction, options = {}) => {
      const fresh = await wallet.inspect(instruction.text);
      const { actionId, ...more } = await startPayment(deps, fresh, instruction, options);
      return { actionId: started(actionId), ...more };
    },
    payBill: async (order) => ({ actionId: started(await startLightningSend(deps, order)) }),
    drive: (id) => void started(id),
    outcome: (id, signal) => waitForOutcome(deps, id, signal),
    paymentStatus: (hash) => db.read(['paidInvoices', 'actions'], (tx) => paymentStatus(tx, hash)),

    ...createOnchainSide(deps, started),
    ...createLeaving(deps, started),
    ...createRefreshing(deps, started),
    ...createOffboarding(deps, started),
    ...createMessages(deps),
    ...createBackup(deps, () => void executor.driveAll('due').catch(() => undefined)),
    recover: () => recoverAndNote(deps),
    reconcile: (when) => (when === 'due' ? reconcileIfDue(deps) : reconcile(deps)),
    acceptElsewhere: () => acceptElsewhere(deps),
    seeTip: async () => void (await rememberTip(deps)),

    sync: () =>
      (syncing ??= syncAll(deps, { executor, mailbox, registrar }).finally(() => (syncing = undefined))),
    readMail: () => mailbox.read(),
    followMail: (signal, sleep) => mailbox.follow(signal, sleep),
    fileOnion: mailbox.file,
    handleMail: mailbox.wake,
    mailboxPass: (until) => mintPass(deps, 'mailbox', until),
    maintain: async () => {
      await wallet.sync();
      await wallet.reconcile('due');
      await noticeForced(deps, wallet.startExit).catch((error: unknown) => {
        // Looked at again with the next blocks; nothing else waits for it.
        ports.log.warn('coins could not be looked for on the chain', { reason: String(error) });
      });
      await refreshDue(deps, executor);
    },
    resume: async () => {
      await Promise.all([executor.driveAll('all'), mailbox.unlocked(), sweepDrafts(deps)]);
    },
    wake: async () => {
      await executor.driveAll('due');
      await mailbox.wake();
      registrar.poke();
    },
    stop: async () => {
      leaveAll(deps);
      await executor.stop();
      await registrar.idle();
    },
  };
  return wallet;
}
