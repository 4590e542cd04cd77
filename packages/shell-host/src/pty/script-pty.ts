import { type ChildProcessWithoutNullStreams, execFile, spawn as spawnChild } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { readFile, readlink } from 'node:fs/promises'
import type { Clock, Timer } from '@holdfast/contract'
import { systemClock } from '@holdfast/contract'
import type { TerminalSize } from '@holdfast/protocol/shell'
import { shellError } from '../errors.ts'
import { ChildOutput } from './child-output.ts'
import { exitOf } from './exit-code.ts'
import { started } from './pipes.ts'
import type { PtyBackend, PtyEvents, PtyExit, PtyProcess, PtySpawn } from './pty.ts'

/** Options of {@link scriptPty}. */
export interface ScriptPtyOptions {
  /** The program of util-linux. @defaultValue '/usr/bin/script' */
  readonly script?: string | undefined
  readonly clock?: Clock | undefined
}

/** How often, and how many times, script's own child is looked for. */
const CHILD_POLL_MS = 2
const CHILD_POLLS = 500

/**
 * util-linux `script(1)` as the owner of the terminal: no native code in this process. It drains the terminal itself
 * before it ends. A resize starts `stty`, so it takes a few milliseconds. Linux only.
 */
export function scriptPty(options: ScriptPtyOptions = {}): PtyBackend {
  const script = options.script ?? '/usr/bin/script'
  const clock = options.clock ?? systemClock
  return {
    name: 'script',
    async spawn(spawn, events) {
      mustRun(script)
      const child = spawnChild(script, ['-qefc', commandLine(spawn), '/dev/null'], {
        cwd: spawn.cwd,
        // script runs its command with $SHELL -c, so that is the plain shell; the command sets the real one.
        env: { ...spawn.env, SHELL: '/bin/sh' },
        detached: true,
        uid: spawn.user?.uid,
        gid: spawn.user?.gid,
      })
      const output = new ChildOutput(clock, [
        { pipe: child.stdout, deliver: (chunk) => events.output(chunk) },
        { pipe: child.stderr, deliver: (chunk) => events.output(chunk) },
      ])
      await started(child, spawn.file)
      const exited = scriptExit(child)
      const pid = await childOf(child, clock)
      return new ScriptProcess({ child, output, pid, exited, events, clock })
    },
  }
}

interface ScriptParts {
  readonly child: ChildProcessWithoutNullStreams
  readonly output: ChildOutput
  readonly pid: number
  readonly exited: Promise<PtyExit>
  readonly events: PtyEvents
  readonly clock: Clock
}

class ScriptProcess implements PtyProcess {
  readonly pid: number
  readonly tty = true
  readonly #child: ChildProcessWithoutNullStreams
  readonly #output: ChildOutput
  readonly #clock: Clock
  #pending: TerminalSize | undefined
  #resizing = false
  #timer: Timer | undefined

  constructor(parts: ScriptParts) {
    this.pid = parts.pid
    this.#child = parts.child
    this.#output = parts.output
    this.#clock = parts.clock
    this.#child.stdin.on('error', () => {})
    void parts.exited.then((exit) => {
      this.#output.drain(() => {
        this.dispose()
        parts.events.exit(exit)
      })
    })
  }

  write(bytes: Uint8Array, written: () => void): void {
    const stdin = this.#child.stdin
    if (stdin.destroyed || stdin.writableEnded) return written()
    stdin.write(bytes, () => written())
  }

  endInput(): void {
    // ^D, not a closed pipe: script would end the whole session on that.
    this.write(new Uint8Array([4]), () => {})
  }

  resize(size: TerminalSize): void {
    this.#pending = size
    if (!this.#resizing) void this.#applySize()
  }

  pause(): void {
    this.#output.pause()
  }

  resume(): void {
    this.#output.resume()
  }

  dispose(): void {
    this.#timer?.cancel()
    this.#output.dispose()
    this.#child.stdin.destroy()
  }

  /** One stty at a time; only the newest size matters. */
  async #applySize(): Promise<void> {
    this.#resizing = true
    const terminal = await readlink(`/proc/${this.pid}/fd/0`).catch(() => '')
    const size = this.#pending
    if (size === undefined || !terminal.startsWith('/dev/pts/')) {
      this.#resizing = false
      return
    }
    this.#pending = undefined
    const args = ['-F', terminal, 'rows', String(size.height), 'cols', String(size.width)]
    execFile('/bin/stty', args, { timeout: 2000 }, () => {
      this.#resizing = false
      if (this.#pending !== undefined) this.#timer = this.#clock.after(0, () => void this.#applySize())
    })
  }
}

/** script's own exit; with -e it is the program's. 128+n may be a signal or a code of the program's own: it stays a code. */
function scriptExit(child: ChildProcessWithoutNullStreams): Promise<PtyExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(exitOf(code, signal)))
  })
}

/** The program's process id: script's only child. `script` itself where the program ended before it was found. */
async function childOf(script: ChildProcessWithoutNullStreams, clock: Clock): Promise<number> {
  const pid = script.pid ?? 0
  for (let poll = 0; poll < CHILD_POLLS && script.exitCode === null && script.signalCode === null; poll++) {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
    const child = Number(children.trim().split(' ')[0])
    if (child > 0) return child
    await new Promise<void>((resolve) => void clock.after(CHILD_POLL_MS, resolve))
  }
  return pid
}

/** A command line for sh that runs exactly the given program, whatever its name and arguments hold. */
function commandLine(spawn: PtySpawn): string {
  const size = `stty rows ${spawn.size.height} cols ${spawn.size.width} echo`
  const shell = spawn.env['SHELL'] === undefined ? 'unset SHELL' : `SHELL=${quoted(spawn.env['SHELL'])}; export SHELL`
  return `${size}; ${shell}; exec ${[spawn.file, ...spawn.args].map(quoted).join(' ')}`
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`
}

function mustRun(script: string): void {
  try {
    accessSync(script, constants.X_OK)
  } catch (cause) {
    throw shellError('shell/backend_unavailable', `${script} is not there: install util-linux.`, { cause })
  }
}
