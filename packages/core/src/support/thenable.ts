/** What an async callback returns. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Passes the rejection of an async callback to `failed`, as if the callback had thrown. */
export function follow(returned: unknown, failed: (error: unknown) => void): void {
  if (isThenable(returned)) returned.then(undefined, failed)
}

/** Calls back. What it throws or rejects with goes to `failed`. What an async callback returns: it is over when that is. */
export function callBack(run: () => unknown, failed: (error: unknown) => void): PromiseLike<unknown> | undefined {
  try {
    const returned = run()
    return isThenable(returned) ? returned.then(undefined, failed) : undefined
  } catch (error) {
    failed(error)
    return undefined
  }
}
