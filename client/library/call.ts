import { authenticate } from './authenticate.ts';
import { modal } from './modal.ts';
import { Problem } from './problem.ts';
import { send } from './send.ts';

interface StepUp {
  method: string;
  path: string;
  body: unknown;
}

/** A call that may need the person to confirm first: does the ceremony the server asks for, then repeats it once. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  try {
    return await send<T>(method, path, body);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'step_up_required') throw error;
    const { stepUp } = error.members as { stepUp?: StepUp };
    if (!stepUp) throw error;
    await modal.run(async () => authenticate(await send(stepUp.method, stepUp.path, stepUp.body)));
    return send<T>(method, path, body);
  }
}
