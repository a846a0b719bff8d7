// Every command of the cli, in the order of the help.
import type { Command } from '../command.ts';
import { addressLookup } from './address-lookup.ts';
import { address } from './address.ts';
import { arkInfo } from './ark-info.ts';
import { backupExport, backupImport } from './backup.ts';
import { balance } from './balance.ts';
import { bip321 } from './bip321.ts';
import { boardAddress, boardPsbt } from './board-psbt.ts';
import { board } from './board.ts';
import { config } from './config.ts';
import { create } from './create.ts';
import { debugInfo } from './debug-info.ts';
import { diagnostics } from './diagnostics.ts';
import { devArkInfo } from './dev-ark-info.ts';
import { devVtxoAdopt, devVtxoDecode, devVtxoDrop, devVtxoImport } from './dev-vtxo.ts';
import { exitCancel, exitClaim } from './exit-claim.ts';
import { exitEstimateFee } from './exit-estimate-fee.ts';
import { exitProgress } from './exit-progress.ts';
import { exitStart } from './exit-start.ts';
import { exitExport } from './exit-export.ts';
import { exitList, exitStatus } from './exit-status.ts';
import { history } from './history.ts';
import { lightningClaim } from './lightning-claim.ts';
import { lightningInvoice, lightningInvoiceForAddress } from './lightning-invoice.ts';
import { lightningInvoices } from './lightning-invoices.ts';
import { lightningPayAbandon } from './lightning-pay-abandon.ts';
import { lightningPayInvoice } from './lightning-pay-invoice.ts';
import { lightningPayStatus } from './lightning-pay-status.ts';
import { lightningReceiveCancel } from './lightning-receive-cancel.ts';
import { lightningReceiveStatus } from './lightning-receive-status.ts';
import { loopList, loopOut, loopRescue } from './loop.ts';
import { maintain } from './maintain.ts';
import { messageSign, messageVerify } from './message.ts';
import { offerServer } from './offer-server.ts';
import { offer, offers } from './offer.ts';
import { onchainAddress } from './onchain-address.ts';
import { onchainBalance } from './onchain-balance.ts';
import { onchainBump } from './onchain-bump.ts';
import { onchainDrain } from './onchain-drain.ts';
import { onchainSendMany } from './onchain-send-many.ts';
import { onchainSend } from './onchain-send.ts';
import { onchainTransactions } from './onchain-transactions.ts';
import { onchainUtxos } from './onchain-utxos.ts';
import { offboard, sendOnchain } from './offboard.ts';
import { rawVtxo } from './raw-vtxo.ts';
import { refresh } from './refresh.ts';
import { roundCancel, roundList, roundProgress } from './round.ts';
import { send } from './send.ts';
import { vtxos } from './vtxos.ts';
import { watch } from './watch.ts';

export const commands: readonly Command[] = [
  create,
  config,
  arkInfo,
  debugInfo,
  diagnostics,
  address,
  addressLookup,
  messageSign,
  messageVerify,
  bip321,
  balance,
  vtxos,
  rawVtxo,
  history,
  backupExport,
  backupImport,
  board,
  boardAddress,
  boardPsbt,
  send,
  onchainBalance,
  onchainAddress,
  onchainSend,
  onchainSendMany,
  onchainDrain,
  onchainUtxos,
  onchainTransactions,
  onchainBump,
  exitStatus,
  exitList,
  exitExport,
  exitStart,
  exitProgress,
  exitCancel,
  exitClaim,
  exitEstimateFee,
  lightningPayInvoice,
  lightningPayStatus,
  lightningPayAbandon,
  lightningInvoice,
  lightningInvoiceForAddress,
  lightningInvoices,
  lightningReceiveStatus,
  lightningReceiveCancel,
  lightningClaim,
  offer,
  offerServer,
  offers,
  refresh,
  roundList,
  roundProgress,
  roundCancel,
  offboard,
  sendOnchain,
  loopOut,
  loopList,
  loopRescue,
  watch,
  maintain,
  devVtxoDecode,
  devVtxoDrop,
  devVtxoAdopt,
  devVtxoImport,
  devArkInfo,
];
