import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./hub-participant.mjs', import.meta.url))

/** What a participant is told. Everything of it goes over the process boundary. */
export interface ParticipantOptions {
  readonly role: 'lead' | 'controller'
  readonly url: string
  readonly token: string
  readonly sessionId?: string | undefined
  /** So many numbered messages … */
  readonly count: number
  /** … spread over so long. */
  readonly spanMs: number
  /** Options of the client that make it as quick as the faults are. */
  readonly timings: object
}

/** What it saw and did, up to now. */
export interface Seen {
  /** Numbers of the requests that it was asked. */
  readonly requests: readonly number[]
  readonly broadcasts: readonly number[]
  /** Numbers of its own messages, in the order of their answers. */
  readonly answered: readonly number[]
  /** Answers that were not those that were given, and messages that failed. */
  readonly wrong: readonly unknown[]
  readonly errors: readonly string[]
  readonly gaps: readonly unknown[]
  /** How often it was let in. */
  readonly dials: number
}

/** A lead or a controller in a process of its own. */
export class Participant {
  readonly sessionId: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, sessionId: string) {
    this.#child = child
    this.sessionId = sessionId
  }

  /** Resolves when it is in the session. */
  static async start(options: ParticipantOptions): Promise<Participant> {
    // The packages as they are shipped, not as this test loads them.
    const child = fork(PROGRAM, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    child.send(options)
    const { sessionId } = await told(child, 'joined')
    return new Participant(child, String(sessionId))
  }

  /** Sends everything; resolves when the last message is settled. */
  async say(): Promise<void> {
    const sent = told(this.#child, 'sent')
    this.#child.send('go')
    await sent
  }

  async seen(): Promise<Seen> {
    const answer = told(this.#child, 'seen')
    this.#child.send('seen')
    const { seen } = await answer
    return seen as Seen
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await exited
  }
}

/** The next message of a type. @throws when the process ends before. */
function told(child: ChildProcess, type: string): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const exited = (code: number | null): void => {
      child.off('message', listen)
      reject(new Error(`the participant ended with ${code} before it said "${type}"`))
    }
    const listen = (message: unknown): void => {
      if (typeof message !== 'object' || message === null || Reflect.get(message, 'type') !== type) return
      child.off('message', listen)
      child.off('exit', exited)
      resolve({ ...message })
    }
    child.on('message', listen)
    child.once('exit', exited)
  })
}
