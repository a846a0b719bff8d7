// The words about passwords, locking, removing the wallet, a database that cannot be opened, and what a report holds.

export const vaultWords = {
  'strength.short': 'At least 8 characters.',
  'strength.common': 'One of the first that a thief tries. Choose another one.',
  'strength.weak': 'Weak. A few more words make it stronger.',
  'strength.fair': 'Fair.',
  'strength.strong': 'Strong.',
  'password.change': 'Change the password',
  'password.present': 'Present password',
  'password.save': 'Save the new password',
  'password.changed': 'The password was changed.',

  'settings.minute': '1 minute',
  'settings.hours': '{count} hours',
  'settings.browser': 'the browser closes',
  'settings.shortcut': 'From anywhere in the browser, {keys} locks at once.',

  'words.copy': 'Copy the words',
  'words.copy-help': 'For a password manager. Skiff empties the clipboard after a minute.',
  'words.copied': 'Copied. The clipboard is emptied in a minute.',

  'unlock.forgot': 'Forgot the password?',
  'unlock.forgot-help':
    'Nobody can recover it. With your twelve words you can restore the wallet after removing it here.',

  'wipe.title': 'Remove the wallet',
  'wipe.open': 'Remove the wallet from this browser',
  'wipe.help':
    'Keys, coins, history, sites and settings are deleted here. Only the twelve words bring the money back, and only a backup file brings the history back. Wait until payments under way have ended.',
  'wipe.confirm': 'Type “{word}” to confirm',
  'wipe.word': 'remove',
  'wipe.go': 'Remove it',

  'store.title': 'Skiff cannot open the wallet',

  'report.title': 'Help with a problem',
  'report.help':
    'A report of versions, counts, states and error codes. No keys, addresses, amounts, names or sites are in it: it can be pasted in public.',
  'report.make': 'Make a report',
  'report.text': 'The report',
  'report.save': 'Save the report',
} as const;
