import { Store } from '../store.ts'

/** A shell that the person wants to end. */
export interface EndRequest {
  readonly shellId: string
  /** What it is called, for the question. */
  readonly name: string
  /** How long it runs, and who else is there, for the question. */
  readonly about: string
  /** Ends it. */
  readonly run: () => Promise<void>
}

/** So long a person may change their mind. */
const UNDO_MS = 5_000

/** Programs are ended after a question, and a moment later: until then it can be taken back. */
export class ShellEnds extends Store {
  /** What is asked at the moment. */
  asked: EndRequest | undefined
  /** Those that end soon. */
  pending: readonly EndRequest[] = []
  /** Why the last one was not ended. */
  problem: string | undefined
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()

  ask(request: EndRequest): void {
    this.asked = request
    this.problem = undefined
    this.changed()
  }

  /** The answer to the question. */
  answer(isMeant: boolean): void {
    const request = this.asked
    this.asked = undefined
    if (isMeant && request !== undefined) {
      this.pending = [...this.pending.filter(({ shellId }) => shellId !== request.shellId), request]
      this.#timers.set(
        request.shellId,
        setTimeout(() => void this.now(request), UNDO_MS),
      )
    }
    this.changed()
  }

  /** It keeps running. */
  undo(request: EndRequest): void {
    this.#forget(request)
    this.changed()
  }

  /** Ends it without waiting. */
  async now(request: EndRequest): Promise<void> {
    this.#forget(request)
    this.changed()
    try {
      await request.run()
    } catch (error) {
      this.problem = `${request.name} was not ended: ${error instanceof Error ? error.message : String(error)}`
      this.changed()
    }
  }

  #forget({ shellId }: EndRequest): void {
    clearTimeout(this.#timers.get(shellId))
    this.#timers.delete(shellId)
    this.pending = this.pending.filter((one) => one.shellId !== shellId)
  }
}
