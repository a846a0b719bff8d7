// `ark-info`: what the Ark server says about itself.
import { isSkiffError } from '../../src/errors.ts';
import type { Command } from '../command.ts';
import { arkInfoJson } from '../views.ts';

export const arkInfo: Command = {
  path: ['ark-info'],
  about: 'Prints information related to the Ark Server',
  async run({ deps }, { output }) {
    try {
      const server = await deps.ports.server();
      const info = await server.info();
      const rate = await server.getOffboardFeeRate({}).then(
        (r) => r.satVkb,
        () => 0n, // a server that does not offboard
      );
      output.json(arkInfoJson(info, rate));
    } catch (e) {
      if (!isSkiffError(e)) throw e;
      output.log.warn('Could not connect with Ark server.', { reason: e.message });
    }
  },
};
