// The provider object, in the page's own world, before any script of the page (declared in wxt.config.ts).
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { install } from '../src/provider/page/inpage.ts';

export default defineUnlistedScript(() => install(window));
