/** What an async callback returns. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** A callback may be async: what it rejects with goes where its throw would. */
export function follow(returned: unknown, failed: (error: unknown) => void): void {
  if (isThenable(returned)) returned.then(undefined, failed)
}
