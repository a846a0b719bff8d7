// isEnabled(): never asks, never waits.
import { method } from '../method.ts';
import { permission } from '../permissions.ts';
import { noParams } from '../schema.ts';

export const isEnabled = method({
  name: 'isEnabled',
  params: noParams,
  listed: true,
  unblockable: true,
  run: async ({ ports }, call) => (await permission(ports.db, call.site)) !== undefined,
});
