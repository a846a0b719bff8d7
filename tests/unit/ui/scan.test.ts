// The reader that is loaded for a scan against what our own codes look like.
import encodeQR from 'qr';
import { decodeQR } from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { buildBip321 } from '../../../src/bitcoin/bip321.ts';
import type { Sats } from '../../../src/units.ts';

/** RGBA of a code, `scale` pixels for a module, with a quiet border. */
function picture(text: string, scale: number): { width: number; height: number; data: Uint8Array } {
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: 4 });
  const width = rows.length * scale;
  const data = new Uint8Array(width * width * 4).fill(255);
  rows.forEach((row, y) =>
    row.forEach((dark, x) => {
      if (!dark) return;
      for (let dy = 0; dy < scale; dy++)
        for (let dx = 0; dx < scale; dx++)
          data.fill(
            0,
            ((y * scale + dy) * width + x * scale + dx) * 4,
            ((y * scale + dy) * width + x * scale + dx) * 4 + 3,
          );
    }),
  );
  return { width, height: width, data };
}

describe('the unified code of Receive', () => {
  it('with an address and an invoice is read back as it was written', () => {
    const link = buildBip321({
      mainnet: false,
      amount: 21_300n as Sats,
      message: 'Käse & Brot',
      lightning: `lnbcrt213u1${'p5t5cqzpp5xw0lrm4mk0n6c6l2v6t4vqv8ydzr5m5s0l8c3d7qdgv3e4hjg5rs'.repeat(4)}`,
      ark: `tark1${'pwh9vsmezqqphqkqhz6ck6l5hfh4l9n5k7y3m2f8r0w4c6d9s'.repeat(3)}`,
    });
    expect(decodeQR(picture(link, 3), { timeLimit: 2000, effort: 3 })).toBe(link);
  });
});
