// ark-lib's debug text for a validation error, rebuilt from the details of ours: kind, place and both outputs must agree.
import { fromHex } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { SkiffError } from '../../src/errors.ts';
import { validateVtxo, validateVtxoUnsigned } from '../../src/ark/validate.ts';
import type { Vtxo } from '../../src/ark/vtxo.ts';
import { asm } from './views.ts';

function outputText(described: string): string {
  const [value, script] = described.split(' sat to ') as [string, string];
  return `TxOut { value: ${value} SAT, script_pubkey: Script(${asm(fromHex(script))}) }`;
}

function errorText(e: SkiffError, depth: number): string {
  const d = e.details as Record<string, string>;
  switch (d.reason) {
    case 'anchor-output-missing':
      return 'Invalid("chain anchor vout out of range")';
    case 'anchor-output-mismatch':
      return `IncorrectChainAnchor { expected: ${outputText(d.expected ?? '')}, got: ${outputText(d.found ?? '')} }`;
    case 'amount-overflow':
      return 'Invalid("onchain amount overflow")';
    case 'transition':
      return `GenesisTransition { error: "${d.problem}", genesis_idx: ${d.index}, genesis_len: ${depth}, transition_kind: "${d.transition}" }`;
    case 'point-mismatch':
      return 'Invalid("point doesn\'t match computed exit outpoint")';
    default:
      return `${e.code} ${d.reason}`;
  }
}

const outcome = (vtxo: Vtxo, run: () => void): string | null => {
  try {
    run();
    return null;
  } catch (e) {
    return e instanceof SkiffError ? errorText(e, vtxo.genesis.length) : String(e);
  }
};

/** Outcome of both validations in the vectors' shape. */
export function validationView(vtxo: Vtxo, anchorTx: string) {
  const tx = fromHex(anchorTx);
  return {
    validate_error: outcome(vtxo, () => validateVtxo(curve, vtxo, tx)),
    validate_unsigned_error: outcome(vtxo, () => validateVtxoUnsigned(curve, vtxo, tx)),
  };
}
