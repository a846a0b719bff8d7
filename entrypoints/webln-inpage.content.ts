// The provider object, in the page's own world, before any script of the page.
import { defineContentScript } from 'wxt/utils/define-content-script';
import { install } from '../src/provider/page/inpage.ts';

export default defineContentScript({
  matches: ['https://*/*', 'http://localhost/*', 'http://127.0.0.1/*'],
  world: 'MAIN',
  runAt: 'document_start',
  allFrames: true,
  main: () => install(window),
});
