import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import {
  abortReason,
  type ChannelEnd,
  OpenError,
  type Transport,
  throwIfAborted,
  type WebSocketChannel,
} from '@holdfast/contract'
import { CHANNEL_DEFAULTS, type ChannelBounds } from '@holdfast/contract/channel'
import { streamError } from '../errors.ts'
import { STREAM_TRAITS } from '../stream-traits.ts'
import { DuplexSocket } from './duplex-socket.ts'
import { LastWords } from './last-words.ts'

/** Options of {@link childStdio}. */
export interface ChildStdioOptions {
  readonly args?: readonly string[] | undefined
  /** @defaultValue this process's */
  readonly cwd?: string | undefined
  /** @defaultValue this process's */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** What of its standard error is kept for the cause of an end, in bytes. @defaultValue {@link CHILD_STDIO_DEFAULTS}`.maxStderrBytes` */
  readonly maxStderrBytes?: number | undefined
  /** Called with the program's standard error, as it comes. @defaultValue it is dropped */
  readonly onStderr?: ((bytes: Uint8Array) => void) | undefined
  /** @defaultValue `CHANNEL_DEFAULTS` of `@holdfast/contract/channel`, with 5 s for a program to end */
  readonly bounds?: ChannelBounds | undefined
}

/** What {@link childStdio} takes where nothing is said. */
export const CHILD_STDIO_DEFAULTS: { readonly maxStderrBytes: number; readonly bounds: ChannelBounds } = {
  /** A stack trace, and what stood before it. */
  maxStderrBytes: 4_096,
  /** Agents and language servers take up to 4 s to put things in order at the end of their input. */
  bounds: { ...CHANNEL_DEFAULTS, closeTimeoutMs: 5_000 },
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * The standard input and output of a program, which each dial starts anew: language servers, agents, tools. The target's URL says
 * nothing here; `child:` will do. No shell is between, and neither arguments nor environment come into an error.
 *
 * A program that ends with 0 ends the channel cleanly; any other exit code, or a signal, with `channel/child_exited`, whose details
 * carry `exitCode`, `signal` and the last words of its standard error. `close()` ends its input, and after `closeTimeoutMs` the
 * program; one that outlives SIGTERM by as much is killed.
 */
export function childStdio(command: string, options: ChildStdioOptions = {}): Transport {
  return {
    name: 'child-stdio',
    traits: STREAM_TRAITS,
    // The system reports its end.
    liveness: 'none',
    open: async (_target, { signal }) => {
      throwIfAborted(signal)
      return start(command, signal, options)
    },
  }
}

function start(command: string, signal: AbortSignal, options: ChildStdioOptions): Promise<WebSocketChannel> {
  return new Promise((resolve, reject) => {
    const { args = [], cwd, env, bounds = CHILD_STDIO_DEFAULTS.bounds } = options
    const child = spawn(command, args, { cwd, env: { ...(env ?? process.env) }, stdio: 'pipe', windowsHide: true })
    const aborted = (): void => {
      signal.removeEventListener('abort', aborted)
      end(child, bounds)
      reject(abortReason(signal))
    }
    signal.addEventListener('abort', aborted, { once: true })
    child.on('error', (error) => {
      signal.removeEventListener('abort', aborted)
      reject(notStarted(command, error))
    })
    child.once('spawn', () => {
      signal.removeEventListener('abort', aborted)
      if (!signal.aborted) resolve(channelOf(child, command, options, bounds))
    })
  })
}

function notStarted(command: string, error: Error): OpenError {
  const syscallCode = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const why = syscallCode === 'ENOENT' ? 'there is no such program or folder' : (syscallCode ?? error.name)
  // The error itself names the arguments.
  return new OpenError(`Could not start ${command}: ${why}.`, { syscallCode, unsent: true })
}

function channelOf(child: Child, command: string, options: ChildStdioOptions, bounds: ChannelBounds): WebSocketChannel {
  const { maxStderrBytes = CHILD_STDIO_DEFAULTS.maxStderrBytes, onStderr } = options
  const lastWords = new LastWords(child.stderr, maxStderrBytes)
  if (onStderr !== undefined) child.stderr.on('data', onStderr)
  // Its end says more than a pipe that broke.
  child.stdin.on('error', () => {})
  child.stdout.on('error', () => {})
  const destroy = (): void => end(child, bounds)
  const { channel } = new DuplexSocket({ readable: child.stdout, writable: child.stdin, bounds, destroy })
  // What it said before is still read, within the bounds of a closing: who holds its output open may live on.
  child.once('exit', (exitCode, signal) => channel.closing(endOf(command, exitCode, signal, lastWords.text).cause))
  child.once('close', (exitCode, signal) => channel.ended(endOf(command, exitCode, signal, lastWords.text)))
  return channel
}

function endOf(command: string, exitCode: number | null, signal: string | null, stderr: string): Partial<ChannelEnd> {
  if (exitCode === 0) return { clean: true }
  const how = exitCode === null ? `by ${signal}` : `with exit code ${exitCode}`
  const last = stderr.split('\n').at(-1) ?? ''
  const said = last === '' ? '' : ` It said: ${last}`
  return {
    cause: streamError('channel/child_exited', `${command} ended ${how}.${said}`, { exitCode, signal, stderr }),
  }
}

/** Politely first: a program may have something to put in order. */
function end(child: Child, { clock, closeTimeoutMs }: ChannelBounds): void {
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const killing = clock.after(closeTimeoutMs, () => child.kill('SIGKILL'))
  child.once('exit', () => killing.cancel())
}
