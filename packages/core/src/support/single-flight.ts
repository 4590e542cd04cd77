/**
 * Callers that come while a call is under way share it: one refresh for a principal, however many connections ask.
 * The next call after it starts anew.
 */
export function singleFlight<Arguments extends unknown[], T>(
  call: (...args: Arguments) => Promise<T>,
): (...args: Arguments) => Promise<T> {
  let flying: Promise<T> | undefined
  return (...args) => {
    flying ??= call(...args).finally(() => {
      flying = undefined
    })
    return flying
  }
}
