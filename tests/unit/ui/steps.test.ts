import { describe, expect, it } from 'vitest';
import { stepText } from '../../../src/ui/steps.ts';

const step = (kind: string, state: object) => stepText({ kind, state });

describe('what takes long', () => {
  it('says which step of how many it has come to', () => {
    expect(step('refresh', { step: 'planned' })).toBe('Step 1 of 4: handing the coins in');
    expect(step('refresh', { step: 'submitted' })).toContain('waiting for the server’s round');
    expect(step('refresh', { step: 'submitted', scheduledHeight: 912601 })).toContain('block 912601');
    expect(step('refresh', { step: 'forfeiting' })).toContain('Step 4 of 4');
    expect(step('offboard', { step: 'splitting' })).toContain('Step 1 of 4');
    expect(step('offboard', { step: 'confirming' })).toContain('Step 4 of 4: waiting for the block');
    expect(step('exit', { step: 'package' })).toContain('Step 1 of 3');
    expect(step('exit', { step: 'claiming' })).toContain('Step 3 of 3');
  });

  it('and nothing about steps that it does not know', () => {
    expect(step('refresh', { step: 'never-heard' })).toBeUndefined();
    expect(step('lightning-send', { step: 'initiated' })).toBeUndefined();
    expect(step('exit', {})).toBeUndefined();
  });
});
