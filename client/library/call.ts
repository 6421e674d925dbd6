import { authenticate } from './authenticate.ts';
import { modal } from './modal.ts';
import { Problem } from './problem.ts';
import { send } from './send.ts';

interface StepUp {
  method: string;
  path: string;
  body: unknown;
}

export interface CallOptions {
  /** Called with true before the person is asked to confirm first, and with false when they have. */
  onStepUp?: (running: boolean) => void;
}

/**
 * A call to the server that may need the person to confirm first: runs the ceremony that the server
 * asks for, then repeats the call once.
 *
 * @returns the JSON of the answer; undefined if it has no body
 * @throws {Problem} what the server refused
 * @throws {DOMException} what the browser refused
 */
export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  { onStepUp }: CallOptions = {},
): Promise<T> {
  try {
    return await send<T>(method, path, body);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'step_up_required') throw error;
    const { stepUp } = error.members as { stepUp?: StepUp };
    if (!stepUp) throw error;
    onStepUp?.(true);
    await modal.run(async () => authenticate(await send(stepUp.method, stepUp.path, stepUp.body)));
    onStepUp?.(false);
    return send<T>(method, path, body);
  }
}
