/** What a long run says on stderr while it runs: lines that stay, and how far it has come. */
export interface Progress {
  /** A line that stays. */
  readonly say: (line: string) => void;
  readonly count: (accounts: number) => void;
  /** Takes the last count off the terminal. */
  readonly end: () => void;
}

/** On a terminal one line that moves every second; elsewhere a line now and then. */
const everyMs = { terminal: 1000, elsewhere: 10_000 };

/** @param now milliseconds of a clock that never goes back */
export function progressOn(
  stream: { readonly isTTY?: boolean; write(text: string): unknown },
  now: () => number,
): Progress {
  const terminal = stream.isTTY === true;
  const every = terminal ? everyMs.terminal : everyMs.elsewhere;
  const began = now();
  let next = began + every;
  const erase = terminal ? '\r\u001b[K' : '';
  return {
    say: (line) => void stream.write(`${erase}${line}\n`),
    count: (accounts) => {
      const at = now();
      if (at < next) return;
      next = at + every;
      const rate = Math.round((accounts * 1000) / (at - began));
      stream.write(`${erase}${accounts} accounts, ${rate} a second${terminal ? '' : '\n'}`);
    },
    end: () => void stream.write(erase),
  };
}
