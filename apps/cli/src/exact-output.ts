import { spawnSync } from 'node:child_process'

/** A program of every system that has terminals; one that hangs is not waited for. */
const STTY_MS = 1_000

/**
 * Lets output through to this terminal as it is. Raw mode of Node still makes a carriage return of its own in front of every
 * line feed; a program that has switched that off for its terminal, as tmux does, goes down in the same column with one.
 * The end of raw mode takes it back. Where `stty` is not there nothing is changed.
 */
export function passOutputExactly(): void {
  if (process.platform === 'win32') return
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'], timeout: STTY_MS })
}
