// A page as its authors write them: the published bitcoin-connect and nothing of Skiff. What happens is noted on
// `document.body.dataset`, for the tests.
import {
  init,
  launchPaymentModal,
  onConnected,
  onConnecting,
  onDisconnected,
} from '@getalby/bitcoin-connect';

const facts = document.body.dataset;

init({ appName: 'Harbour Coffee', showBalance: false });
onConnecting(() => void (facts['state'] = 'connecting'));
onConnected(() => void (facts['state'] = 'connected'));
onDisconnected(() => void (facts['state'] = 'disconnected'));

document.getElementById('pay')!.addEventListener('click', () => {
  const invoice = new URLSearchParams(location.search).get('invoice') ?? '';
  launchPaymentModal({
    invoice,
    onPaid: ({ preimage }) => void (facts['preimage'] = preimage),
    onCancelled: () => void (facts['preimage'] = 'cancelled'),
  });
});
