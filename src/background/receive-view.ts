// What "Receive" shows: the Ark address works offline; the bitcoin address only appears together with its price.
import { isSkiffError } from '../errors.ts';
import type { BoardView, ReceiveView } from '../messaging/views.ts';
import { packError } from '../messaging/wire.ts';
import type { Wallet } from '../wallet/wallet.ts';

async function boardView(wallet: Wallet): Promise<BoardView> {
  const { address, minimum, confirmations, estimateFee } = await wallet.boardAddress();
  return { address, minimum, confirmations, fee: estimateFee(minimum) };
}

/** @throws SkiffError LOCKED, NO_WALLET; a server out of reach is told in `problem` */
export async function receiveView(wallet: Wallet): Promise<ReceiveView> {
  const { address } = await wallet.openAddress();
  try {
    return { arkAddress: address, board: await boardView(wallet) };
  } catch (e) {
    if (!isSkiffError(e)) throw e;
    return { arkAddress: address, problem: packError(e) };
  }
}
