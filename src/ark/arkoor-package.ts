// Arkoor packages (ark-lib arkoor/package.rs): outputs spread over several inputs, one part for each input. Building is
// deterministic and needs no keys, so repeating it after a crash gives the transactions that were asked for before.
import type { Curve } from '../crypto/curve.ts';
import { allocateOutputs, type ArkoorOutput } from './arkoor-allocation.ts';
import { buildArkoorPart, partVtxos, type ArkoorPart } from './arkoor-part.ts';
import { isolateDust } from './dust-isolation.ts';
import type { Vtxo } from './vtxo.ts';

export type { ArkoorOutput } from './arkoor-allocation.ts';

export interface ArkoorPackage {
  /** In the order of the inputs. */
  readonly parts: readonly ArkoorPart[];
}

export interface ArkoorOrder {
  /** Full VTXOs. */
  readonly inputs: readonly Vtxo[];
  /** Must sum up to the inputs: change is an output like any other. Some may come out as several VTXOs. */
  readonly outputs: readonly ArkoorOutput[];
  /** The server refuses packages without. */
  readonly useCheckpoint?: boolean;
}

/** @throws SkiffError DUST or INVALID_ARGUMENT, ark-lib's name of the broken rule in `details.reason` */
export function buildArkoorPackage(curve: Curve, order: ArkoorOrder): ArkoorPackage {
  const { inputs, outputs, useCheckpoint = true } = order;
  const allocated = allocateOutputs(
    inputs.map((v) => v.amount),
    outputs,
  );
  return {
    parts: inputs.map((input, i) =>
      buildArkoorPart(curve, input, isolateDust(allocated[i] ?? []), useCheckpoint),
    ),
  };
}

/** New VTXOs without signatures, in protocol order: for each part normal outputs, then isolated ones. */
export const unsignedVtxos = (pkg: ArkoorPackage): Vtxo[] => pkg.parts.flatMap((part) => partVtxos(part));
