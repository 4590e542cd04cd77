import type { ScreenAnswer } from './screen-model.ts'

/** Questions that are remembered; a program that asks more without an answer does not wait for them. */
const MAX_QUESTIONS = 64

/** What the writer has of the output, as offsets. */
export interface WriterPosition {
  /** Its terminal has seen everything below. */
  readonly received: number
  /** Its terminal leaves alone what was asked below: that is from while it was away. */
  readonly live: number
  /** False: it wants the bytes of the program, and does not show them. @defaultValue true */
  readonly isTerminal?: boolean | undefined
}

/**
 * Who answers what a program asks its terminal: the writer's terminal where one is attached, else the screen that the server
 * has. Each question has its place in the output; whose it is follows from what of the output a writer is known to have.
 */
export class QueryRouter {
  readonly #type: (text: string) => void
  #open: ScreenAnswer[] = []
  #answered: ScreenAnswer[] = []
  /**
   * `starting`: the one whom it was made for is about to come. `away`: a writer will be back. `bytes`: the writer is no
   * terminal, here or away, and nothing is typed but what it sends.
   */
  #state: 'starting' | 'writer' | 'away' | 'nobody' | 'bytes' = 'starting'
  #live = 0
  #sent = 0
  /** A writer's terminal has seen everything below, and has answered what was asked there: the screen may read it later. */
  #seen = 0

  /** `type` gives text to the program, as if it were typed. */
  constructor(type: (text: string) => void) {
    this.#type = type
  }

  /** What was answered here, by place: a client that gets it later must not answer again. */
  get answered(): readonly ScreenAnswer[] {
    return this.#answered
  }

  /** The program has asked something. */
  asked(question: ScreenAnswer): void {
    if (question.end <= this.#seen) return
    const isMine =
      this.#state === 'nobody' ||
      (this.#state === 'writer' && question.end <= this.#live) ||
      (this.#state === 'away' && question.end > this.#sent)
    if (isMine) this.#answer([question])
    else if (this.#state !== 'bytes') this.#open = [...this.#open, question].slice(-MAX_QUESTIONS)
  }

  /** There is a writer from now on. */
  writerAttached({ received, live, isTerminal = true }: WriterPosition): void {
    this.#state = isTerminal ? 'writer' : 'bytes'
    if (!isTerminal) this.#open = []
    this.#live = live
    this.#confirm(received)
    this.#settle(({ end }) => (end <= live ? 'answer' : 'keep'))
  }

  /** The writer has everything below: its terminal has answered that. */
  writerConfirmed(confirmed: number): void {
    this.#confirm(confirmed)
  }

  /** The writer is gone. What it may have seen waits for its return, if it `mayReturn`: then it says what it has. */
  writerDetached({ confirmed, sent, mayReturn }: { confirmed: number; sent: number; mayReturn: boolean }): void {
    if (this.#state === 'bytes') return
    this.#state = mayReturn ? 'away' : 'nobody'
    this.#sent = sent
    this.#confirm(confirmed)
    this.#settle(({ end }) => (mayReturn && end <= sent ? 'keep' : 'answer'))
  }

  /** It is not waited for any more. */
  writerExpired(): void {
    if (this.#state !== 'away') return
    this.#state = 'nobody'
    this.#settle(() => 'answer')
  }

  #confirm(offset: number): void {
    this.#seen = Math.max(this.#seen, offset)
    if (this.#open.length > 0) this.#open = this.#open.filter(({ end }) => end > this.#seen)
  }

  #settle(decide: (question: ScreenAnswer) => 'answer' | 'keep'): void {
    const open = this.#open
    this.#open = open.filter((question) => decide(question) === 'keep')
    this.#answer(open.filter((question) => decide(question) === 'answer'))
  }

  #answer(questions: readonly ScreenAnswer[]): void {
    if (questions.length === 0) return
    this.#answered = [...this.#answered, ...questions].slice(-MAX_QUESTIONS)
    for (const { text } of questions) this.#type(text)
  }
}
