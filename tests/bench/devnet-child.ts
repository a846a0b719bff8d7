// The devnet in a process of its own, so that the wallet's CPU time can be read off this process alone.
import { startDevnet } from '../../devnet/index.ts';

const devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
process.send?.({ arkUrl: devnet.arkUrl, esploraUrl: devnet.esploraUrl, controlUrl: devnet.controlUrl });
process.once('disconnect', () => void devnet.stop().then(() => process.exit(0)));
