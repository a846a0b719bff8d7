// `dev ark-info`: what any Ark server says about itself. Nothing is checked but its form, nothing is remembered.
import { createClient } from '@connectrpc/connect';

import { nobleCurve } from '../../src/crypto/noble.ts';
import { guardedFetch } from '../../src/http/fetch.ts';
import { parseArkInfo } from '../../src/server/ark-info.ts';
import { serverError } from '../../src/server/errors.ts';
import { ArkService } from '../../src/server/gen/bark_server_pb.js';
import { MAX_ANSWER_BYTES, metadata, USER_AGENT, webTransport } from '../../src/server/transport.ts';
import type { Command } from '../command.ts';
import { withScheme } from '../config.ts';
import { arkInfoJson } from '../views.ts';

export const devArkInfo: Command = {
  path: ['dev', 'ark-info'],
  about: 'Inspect the `ArkInfo` of the given server',
  positionals: [{ name: 'ARK_ADDRESS', help: 'The address of the Ark server to inspect' }],
  async runWithout({ args, output }) {
    const fetch = guardedFetch({ privateAllowed: true, maxBytes: MAX_ANSWER_BYTES });
    const make = webTransport(withScheme('https', args.required('ARK_ADDRESS')), fetch);
    let pver: number | undefined;
    const client = createClient(ArkService, make([metadata(() => pver, USER_AGENT)]));
    try {
      pver = Number((await client.handshake({})).maxProtocolVersion);
      const info = parseArkInfo(await client.getArkInfo({}), nobleCurve);
      const rate = await client.getOffboardFeeRate({}).then(
        (r) => r.satVkb,
        () => 0n, // a server that does not offboard
      );
      output.json(arkInfoJson(info, rate));
    } catch (e) {
      throw serverError(e, 'getArkInfo');
    }
  },
};
