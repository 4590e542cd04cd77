import { type ChildProcessWithoutNullStreams, spawn as spawnChild } from 'node:child_process'
import type { Clock } from '@holdfast/contract'
import { systemClock } from '@holdfast/contract'
import { shellError } from '../errors.ts'
import { ChildOutput } from './child-output.ts'
import { exitOf } from './exit-code.ts'
import type { PtyBackend, PtyEvents, PtyProcess } from './pty.ts'

/** Programs without a terminal: stdin, stdout and stderr are pipes of their own. */
export function pipes(options: { readonly clock?: Clock | undefined } = {}): PtyBackend {
  return {
    name: 'pipes',
    async spawn(spawn, events) {
      const child = spawnChild(spawn.file, spawn.args, {
        cwd: spawn.cwd,
        env: spawn.env,
        detached: true,
        uid: spawn.user?.uid,
        gid: spawn.user?.gid,
      })
      await started(child, spawn.file)
      return new PipesProcess(child, events, options.clock ?? systemClock)
    },
  }
}

/** Resolves once the program runs. @throws `shell/spawn_failed`. */
export function started(child: ChildProcessWithoutNullStreams, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => {
      reject(shellError('shell/spawn_failed', `${file} could not be started.`, { cause }))
    })
  })
}

class PipesProcess implements PtyProcess {
  readonly pid: number
  readonly tty = false
  readonly #child: ChildProcessWithoutNullStreams
  readonly #output: ChildOutput

  constructor(child: ChildProcessWithoutNullStreams, events: PtyEvents, clock: Clock) {
    this.#child = child
    this.pid = child.pid ?? 0
    this.#output = new ChildOutput(clock, [
      { pipe: child.stdout, deliver: (chunk) => events.output(chunk) },
      { pipe: child.stderr, deliver: (chunk) => events.errorOutput?.(chunk) },
    ])
    child.stdin.on('error', () => {})
    child.on('error', () => {})
    child.once('exit', (code, signal) => {
      this.#output.drain(() => {
        this.dispose()
        events.exit(exitOf(code, signal))
      })
    })
  }

  write(bytes: Uint8Array, written: () => void): void {
    const stdin = this.#child.stdin
    if (stdin.destroyed || stdin.writableEnded) return written()
    stdin.write(bytes, () => written())
  }

  endInput(): void {
    this.#child.stdin.end()
  }

  resize(): void {}

  pause(): void {
    this.#output.pause()
  }

  resume(): void {
    this.#output.resume()
  }

  dispose(): void {
    this.#output.dispose()
    this.#child.stdin.destroy()
  }
}
