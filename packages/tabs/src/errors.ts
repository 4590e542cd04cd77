import { type ErrorDetails, HoldfastError } from '@holdfast/core'

/** Every code of this package: what happened, and what the caller can do. Codes of the shared connection pass as they are. */
export const TABS_ERRORS = {
  'tabs/invalid_option': 'An option has a value that is not allowed. Correct it; nothing was dialed.',
  'tabs/not_open':
    'The connection that the tabs share is not open now. Nothing is lost: this tab goes on when it is; its own explain() says why it is not.',
  'tabs/host_gone':
    'The tab or worker that had the connection is gone, or was replaced because it did not answer. Another takes over; nothing has to be done.',
  'tabs/worker_failed':
    'The shared worker could not be started. Check the address of its script, and that the script calls serveTabs().',
  'tabs/worker_silent':
    'The shared worker does not answer: it is still starting, or its script is stuck. The tab tries again; if it lasts, look for a loop in that script, and see that its name has the number that the function for it is given.',
  'tabs/closed': 'The connection that the tabs share was closed where it is. Call connect() to open it again.',
} as const

export type TabsErrorCode = keyof typeof TABS_ERRORS

/** An error of sharing. Branch on `code`. */
export class TabsError extends HoldfastError {
  override readonly name = 'TabsError'
  declare readonly code: TabsErrorCode

  constructor(code: TabsErrorCode, message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(code, message, options)
  }
}
