// Every command of the cli, in the order of the help.
import type { Command } from '../command.ts';
import { address } from './address.ts';
import { arkInfo } from './ark-info.ts';
import { balance } from './balance.ts';
import { boardAddress, boardPsbt } from './board-psbt.ts';
import { board } from './board.ts';
import { config } from './config.ts';
import { create } from './create.ts';
import { history } from './history.ts';
import { lightningPayInvoice } from './lightning-pay-invoice.ts';
import { lightningPayStatus } from './lightning-pay-status.ts';
import { maintain } from './maintain.ts';
import { onchainAddress } from './onchain-address.ts';
import { onchainBalance } from './onchain-balance.ts';
import { onchainBump } from './onchain-bump.ts';
import { onchainDrain } from './onchain-drain.ts';
import { onchainSendMany } from './onchain-send-many.ts';
import { onchainSend } from './onchain-send.ts';
import { onchainTransactions } from './onchain-transactions.ts';
import { onchainUtxos } from './onchain-utxos.ts';
import { send } from './send.ts';
import { vtxos } from './vtxos.ts';

export const commands: readonly Command[] = [
  create,
  config,
  arkInfo,
  address,
  balance,
  vtxos,
  history,
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
  lightningPayInvoice,
  lightningPayStatus,
  maintain,
];
