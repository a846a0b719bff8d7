// Words about bitcoin from a wallet that signs elsewhere.

export const psbtWords = {
  'psbt.open': 'From a hardware or multisig wallet (PSBT)',
  'psbt.help':
    'Prepare a payment to this address in the other wallet, save it as a PSBT without sending it, and bring it here. Only native segwit inputs will do.',
  'psbt.address': 'Address for the PSBT',
  'psbt.warning':
    'Never send to this address before Skiff has taken the PSBT: the coin is made for that one transaction, and money in any other is lost.',
  'psbt.field': 'PSBT (base64)',
  'psbt.file': 'Choose a PSBT file',
  'psbt.check': 'Look at it',
  'psbt.pays': 'Pays to Skiff',
  'psbt.fee': 'Fee of the server',
  'psbt.miners': 'Fee of the miners',
  'psbt.arrives': 'You get',
  'psbt.signed': 'It is signed: Skiff sends it as soon as the coin is made.',
  'psbt.unsigned':
    'Signatures are missing. Skiff has the coin made first; then sign and send it there without any change, or bring it here once more with its signatures.',
  'psbt.board': 'Move in {amount}',
  'psbt.sent': 'Under way. The history shows when it can be used.',
  'psbt.ready':
    'Skiff is ready as soon as the history shows this payment: then sign and send it in the other wallet, unchanged, or bring it here with its signatures.',
} as const;
