import type { StoredMessage } from './box-store.ts'
import type { OutboxOptions, SettledMessage } from './options.ts'

/** Notifications of the application. What its callbacks throw, or reject with, harms nothing else. */
export class Notices<Message> {
  readonly #options: Pick<OutboxOptions<Message>, 'onSettled' | 'onProblem'>
  #isOver = false

  constructor(options: Pick<OutboxOptions<Message>, 'onSettled' | 'onProblem'>) {
    this.#options = options
  }

  settled(
    { stored, isEarlier }: { readonly stored: StoredMessage<Message>; readonly isEarlier: boolean },
    outcome: SettledMessage<Message>['outcome'],
    error?: Error | undefined,
  ): void {
    const { id, message } = stored
    this.#call(
      () => this.#options.onSettled?.({ id, message, outcome, error, isEarlier }),
      (failure) => this.problem(failure),
    )
  }

  problem(error: unknown): void {
    if (this.#isOver) return
    const reported = error instanceof Error ? error : new Error(String(error))
    this.#call(
      () => this.#options.onProblem?.(reported),
      () => {},
    )
  }

  /** Problems are no longer reported. */
  end(): void {
    this.#isOver = true
  }

  #call(callback: () => unknown, failed: (error: unknown) => void): void {
    try {
      Promise.resolve(callback()).catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}
