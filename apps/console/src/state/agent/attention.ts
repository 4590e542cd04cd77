import { nameOf, type SessionDirectory } from '../session-directory.ts'

/** A session with an open question. */
interface Waiting {
  readonly sessionId: string
  readonly name: string
  readonly count: number
}

/** Counts the questions that wait in all sessions, and announces new ones, where a person wants that and does not look. */
export class Attention {
  readonly #open: (sessionId: string) => void
  /** Questions that were there when it was looked last, by session. */
  #known: ReadonlyMap<string, number> | undefined
  /** What was looked at last, and what came of it: events come by the thousand. */
  #last: { readonly list: unknown; readonly here: string; readonly waiting: number } | undefined

  /** @param open goes to a session */
  constructor(open: (sessionId: string) => void) {
    this.#open = open
  }

  /** A person can be asked whether they want to be notified. */
  get mayAsk(): boolean {
    return typeof Notification === 'function' && Notification.permission === 'default'
  }

  get isOn(): boolean {
    return typeof Notification === 'function' && Notification.permission === 'granted'
  }

  /** Asks the person. */
  async ask(): Promise<void> {
    if (this.mayAsk) await Notification.requestPermission()
  }

  /** Looks at the lists; `here`: questions of the session that is shown, of which more is known. */
  look(
    directory: SessionDirectory | undefined,
    here: { readonly sessionId: string; readonly count: number } | undefined,
  ): number {
    const [list, place] = [directory?.list, `${here?.sessionId} ${here?.count}`]
    if (this.#last?.list === list && this.#last?.here === place) return this.#last.waiting
    const all = waitingIn(directory, here)
    const now = new Map(all.map(({ sessionId, count }) => [sessionId, count]))
    for (const one of all) {
      const before = this.#known?.get(one.sessionId) ?? 0
      if (this.#known !== undefined && one.count > before && document.visibilityState === 'hidden') this.#notify(one)
    }
    if (directory?.isKnown === true || here !== undefined) this.#known = now
    const waiting = all.reduce((sum, { count }) => sum + count, 0)
    this.#last = { list, here: place, waiting }
    return waiting
  }

  #notify({ sessionId, name, count }: Waiting): void {
    if (!this.isOn) return
    const body = count === 1 ? 'A question waits for an answer.' : `${count} questions wait for an answer.`
    try {
      const shown = new Notification(name, { body, tag: sessionId })
      shown.onclick = () => {
        window.focus()
        shown.close()
        this.#open(sessionId)
      }
    } catch {
      // Some browsers on phones have the name alone: the title counts there too.
    }
  }
}

function waitingIn(
  directory: SessionDirectory | undefined,
  here: { readonly sessionId: string; readonly count: number } | undefined,
): readonly Waiting[] {
  const listed = (directory?.list ?? []).map((one) => ({
    sessionId: one.sessionId,
    name: nameOf(one),
    count: one.waitingQuestions ?? 0,
  }))
  const others = listed.filter(({ sessionId }) => sessionId !== here?.sessionId)
  const name = listed.find(({ sessionId }) => sessionId === here?.sessionId)?.name ?? 'Holdfast'
  return [...others, ...(here === undefined ? [] : [{ ...here, name }])].filter(({ count }) => count > 0)
}
