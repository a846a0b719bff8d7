// One thing at a time that is asked of the background at a press: while it runs, and what went wrong.
import { say } from './say.ts';

export interface Asking {
  readonly busy: boolean;
  /** One sentence; gone with the next press. */
  readonly failed: string | undefined;
  /** Never rejects. */
  run(work: () => Promise<unknown>): Promise<void>;
  /** What was said no longer matters. */
  forget(): void;
}

/** @param onfail what the failure makes untrue, such as a price */
export function createAsking(onfail: () => void = () => undefined): Asking {
  let busy = $state(false);
  let failed = $state<string>();
  return {
    get busy() {
      return busy;
    },
    get failed() {
      return failed;
    },
    async run(work) {
      busy = true;
      failed = undefined;
      try {
        await work();
      } catch (e) {
        onfail();
        failed = say(e);
      } finally {
        busy = false;
      }
    },
    forget: () => (failed = undefined),
  };
}
